import { expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { onStream } from '../../src/core/ports/network.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { type Connected, gate } from './networkUnderTest.js';

const { decode } = workerEndpoints;

/** What every network does with streams. */
export function networkStreams(connected: Connected): void {
  it('carries the messages of a stream in order, each once, both ways at a time', async () => {
    const count = 200;
    const binding = onStream(decode, async (stream) => {
      for await (const { step } of stream) await stream.send({ result: { number: step!.number * 2 } });
    });
    await connected([binding], async (peer) => {
      const stream = peer.stream(decode);
      const numbers: number[] = [];
      const reading = (async () => {
        for await (const { result } of stream) numbers.push(result!.number);
      })();
      for (let number = 0; number < count; number += 1) await stream.send({ step: { number } });
      stream.end();
      await reading;
      expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i * 2));
    });
  });

  it('copies the bytes of a message before send returns, both ways', async () => {
    const count = 40; // more than the stream hands on at once
    const binding = onStream(decode, async (stream) => {
      const logits = Buffer.alloc(100);
      for await (const { step } of stream) {
        logits.fill(step!.tokens[0]!);
        void stream.send({ result: { logits } });
      }
      logits.fill(0xee);
    });
    await connected([binding], async (peer) => {
      const stream = peer.stream(decode);
      const tokens = Buffer.alloc(100);
      for (let number = 0; number < count; number += 1) {
        void stream.send({ step: { tokens: tokens.fill(number) } });
      }
      tokens.fill(0xee);
      stream.end();
      const seen: number[] = [];
      for await (const { result } of stream) seen.push(result!.logits[0]!);
      expect(seen).toEqual(Array.from({ length: count }, (_, number) => number));
    });
  });

  it('lets the server answer after the client has ended its side', async () => {
    const binding = onStream(decode, async (stream) => {
      let sum = 0;
      for await (const { step } of stream) sum += step!.number;
      await stream.send({ result: { number: sum } });
    });
    await connected([binding], async (peer) => {
      const stream = peer.stream(decode);
      for (const number of [1, 2, 3]) await stream.send({ step: { number } });
      stream.end();
      await expect(stream.send({ step: { number: 4 } })).rejects.toMatchObject({ kind: 'invalid' });
      const answers = [];
      for await (const { result } of stream) answers.push(result!.number);
      expect(answers).toEqual([6]);
    });
  });

  it('gives the client what was sent before the server failed, then the error', async () => {
    const binding = onStream(decode, async (stream) => {
      await stream.send({ result: { number: 1 } });
      await stream.send({ result: { number: 2 } });
      throw new KvError('lost', 'layer 3 is gone', { context: { layer: 3 } });
    });
    await connected([binding], async (peer) => {
      const stream = peer.stream(decode);
      const answers: number[] = [];
      const reading = (async () => {
        for await (const { result } of stream) answers.push(result!.number);
      })();
      await expect(reading).rejects.toMatchObject({ kind: 'lost', context: { layer: 3 } });
      expect(answers).toEqual([1, 2]);
      await expect(stream.send({ step: {} })).rejects.toBeInstanceOf(KvError);
    });
  });

  it('ends both sides when the client fails its stream', async () => {
    const [started, ended] = [gate(), gate()];
    let seen: unknown;
    const binding = onStream(decode, async (stream, { signal }) => {
      try {
        for await (const _message of stream) started.open();
      } catch (thrown) {
        seen = { thrown, aborted: signal.aborted };
        throw thrown;
      } finally {
        ended.open();
      }
    });
    await connected([binding], async (peer) => {
      const stream = peer.stream(decode);
      await stream.send({ step: {} });
      await started.opened;
      stream.fail(new KvError('exhausted', 'no slots'));
      await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'exhausted' });
      await ended.opened;
    });
    expect(seen).toMatchObject({ thrown: { kind: 'cancelled' }, aborted: true });
  });

  it('ends a stream after its time, on both sides', async () => {
    const aborted = gate();
    const binding = onStream(decode, async (_stream, { signal }) => {
      signal.addEventListener('abort', aborted.open);
      await aborted.opened;
    });
    await connected([binding], async (peer) => {
      const stream = peer.stream(decode, { timeoutMs: 1000 });
      await stream.send({ step: {} });
      await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'timedOut' });
      await aborted.opened;
    });
  });

  it('ends a stream when its caller gives up, on both sides', async () => {
    const [started, aborted] = [gate(), gate()];
    const binding = onStream(decode, async (_stream, { signal }) => {
      signal.addEventListener('abort', aborted.open);
      started.open();
      await aborted.opened;
    });
    await connected([binding], async (peer) => {
      const controller = new AbortController();
      const stream = peer.stream(decode, { signal: controller.signal });
      await stream.send({ step: {} });
      await started.opened;
      controller.abort();
      await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'cancelled' });
      await aborted.opened;
    });
  });
}
