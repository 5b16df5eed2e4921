import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/rpc/codec.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';

describe('codecOf', () => {
  const decode = codecOf(workerEndpoints.decode);

  it('brings a step back as it was sent', () => {
    const step = fc.record({
      number: fc.nat(),
      position: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      tokens: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      hidden: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      topLogits: fc.nat(),
      allLogits: fc.boolean(),
    });
    fc.assert(
      fc.property(step, (sent) => {
        const read = decode.decodeQuestion(decode.encodeQuestion({ step: sent }));
        expect(read).toEqual({ kind: 'step', step: sent });
      }),
    );
  });

  it('gives every field that was left out a value', () => {
    const { encodeQuestion, decodeQuestion } = codecOf(coordinatorEndpoints.createSequence);
    expect(decodeQuestion(encodeQuestion({}))).toEqual({
      protocol: null,
      namespace: '',
      blocks: Buffer.alloc(0),
      tokens: 0,
    });
  });

  it('decodes bytes as a view of what was received, not a copy', () => {
    const bytes = decode.encodeQuestion({ step: { hidden: Buffer.alloc(100_000, 1) } });
    const hidden = decode.decodeQuestion(bytes).step?.hidden;
    expect(hidden?.buffer).toBe(bytes.buffer);
  });
});
