import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/rpc/codec.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { SendBuffers } from '../../src/rpc/sendBuffers.js';

describe('codecOf', () => {
  const decode = codecOf(workerEndpoints.decode);
  const put = codecOf(workerEndpoints.putPages);
  const get = codecOf(workerEndpoints.getPages);
  const bulk = { put: { question: put, answer: put }, get: { question: get, answer: get } };

  it('brings a step back as it was sent', () => {
    const step = fc.record({
      number: fc.nat(),
      position: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      tokens: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      hidden: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      topLogits: fc.nat(),
      allLogits: fc.boolean(),
      everyPosition: fc.boolean(),
    });
    fc.assert(
      fc.property(step, (sent) => {
        const read = decode.decodeQuestion(decode.encodeQuestion({ step: sent }));
        expect(read).toEqual({ kind: 'step', step: sent });
      }),
    );
  });

  it.each(['put', 'get'] as const)('encodes bulk (%s) with its own memory as protobuf does', (way) => {
    const { question, answer } = bulk[way];
    const buffers = new SendBuffers();
    // Deep equality looks at every byte on its own.
    const same = <T extends object>(read: T, plain: T): void => {
      const dataOf = (from: object): Buffer =>
        'data' in from ? Buffer.from(from.data as Buffer) : Buffer.alloc(0);
      expect(dataOf(read).equals(dataOf(plain))).toBe(true);
      expect({ ...read, data: null }).toEqual({ ...plain, data: null });
    };
    const message = fc.record(
      {
        page: fc.record({ block: fc.uint8Array({ minLength: 32, maxLength: 32 }), layer: fc.nat(9) }),
        checksum: fc.uint8Array({ minLength: 8, maxLength: 8 }),
        blockIndex: fc.nat(),
        more: fc.boolean(),
        // On both sides of where bulk begins, where the length takes a byte more, and of what a buffer holds.
        data: fc
          .tuple(
            fc.constantFrom(0, 5, 16_383, 16_384, 16_385, 120_000, 131_000, 131_072, 2_100_000),
            fc.nat(255),
          )
          .map(([length, fill]) => Buffer.alloc(length, fill)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, (sent) => {
        const bytes = question.encodeQuestion(sent, buffers);
        same(question.decodeQuestion(bytes), question.decodeQuestion(question.encodeQuestion(sent)));
        buffers.give(bytes);
        const answered = answer.encodeAnswer(sent, buffers);
        same(answer.decodeAnswer(answered), answer.decodeAnswer(answer.encodeAnswer(sent)));
        buffers.give(answered);
      }),
      { numRuns: 60 },
    );
  });

  it('takes the memory of a bulk message that was sent for the next one', () => {
    const { question } = bulk.put;
    const buffers = new SendBuffers();
    const first = question.encodeQuestion({ data: Buffer.alloc(100_000, 1) }, buffers);
    const second = question.encodeQuestion({ data: Buffer.alloc(100_000, 2) }, buffers);
    expect(second.buffer).not.toBe(first.buffer);
    buffers.give(first);
    const third = question.encodeQuestion({ data: Buffer.alloc(90_000, 3) }, buffers);
    expect(third.buffer).toBe(first.buffer);
    expect(question.decodeQuestion(second).data.equals(Buffer.alloc(100_000, 2))).toBe(true);
  });

  it('gives every field that was left out a value', () => {
    const { encodeQuestion, decodeQuestion } = codecOf(coordinatorEndpoints.createSequence);
    expect(decodeQuestion(encodeQuestion({}))).toEqual({
      protocol: null,
      namespace: '',
      blocks: Buffer.alloc(0),
      tokens: 0,
      maxTokens: 0,
      noWait: false,
    });
  });

  it('decodes bytes as a view of what was received, not a copy', () => {
    const bytes = decode.encodeQuestion({ step: { hidden: Buffer.alloc(100_000, 1) } });
    const hidden = decode.decodeQuestion(bytes).step?.hidden;
    expect(hidden?.buffer).toBe(bytes.buffer);
  });
});
