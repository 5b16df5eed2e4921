import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { onStream } from '../../src/core/ports/network.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { deferred, useNetwork } from './echo.js';

const { inventory } = coordinatorEndpoints;
const { putPages } = workerEndpoints;

const echo = onStream(inventory, async (stream) => {
  for await (const { number } of stream) await stream.send({ number });
});

async function numbers(stream: AsyncIterable<{ number: number }>): Promise<number[]> {
  const read: number[] = [];
  for await (const { number } of stream) read.push(number);
  return read;
}

describe('a stream', () => {
  const connect = useNetwork();

  it('keeps order both ways and ends when both sides are done', async () => {
    const { peer } = await connect([echo]);
    const stream = peer.stream(inventory);
    const sent = Array.from({ length: 2000 }, (_, index) => index + 1);
    const reading = numbers(stream);
    for (const number of sent) await stream.send({ number });
    stream.end();
    expect(await reading).toEqual(sent);
  });

  it('makes the sender wait for a reader who is behind', async () => {
    const go = deferred<void>();
    let received = 0;
    const { peer } = await connect([
      onStream(putPages, async (stream) => {
        await go.promise;
        for await (const _ of stream) received += 1;
        await stream.send({ outcome: String(received) });
      }),
    ]);
    const stream = peer.stream(putPages);
    const total = 100;
    let accepted = 0;
    const sending = (async () => {
      for (; accepted < total; accepted += 1) await stream.send({ k: Buffer.alloc(2 ** 20) });
      stream.end();
    })();
    // The windows and buffers between the two hold a bounded number; then nothing more is accepted.
    let before = -1;
    while (before !== accepted || accepted === 0) {
      before = accepted;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(accepted).toBeLessThan(total);
    go.resolve();
    await sending;
    for await (const { outcome } of stream) expect(outcome).toBe(String(total));
    expect(received).toBe(total);
  });

  it('whose handler throws gives the messages first, then the error', async () => {
    const { peer } = await connect([
      onStream(inventory, async (stream) => {
        for (let number = 1; number <= 50; number += 1) await stream.send({ number });
        throw new KvError('lost', 'pages are gone', { context: { layers: 3 } });
      }),
    ]);
    const stream = peer.stream(inventory);
    const read: number[] = [];
    const reading = (async () => {
      for await (const { number } of stream) read.push(number);
    })();
    await expect(reading).rejects.toMatchObject({
      kind: 'lost',
      message: 'pages are gone',
      context: { layers: 3 },
    });
    expect(read.length).toBe(50);
    await expect(stream.send({})).rejects.toMatchObject({ kind: 'lost' });
  });

  it('that the server fails in the middle throws at the client', async () => {
    const { peer } = await connect([
      onStream(inventory, async (stream) => {
        for await (const _ of stream) stream.fail(new KvError('stale', 'old plan'));
      }),
    ]);
    const stream = peer.stream(inventory);
    await stream.send({ number: 1 });
    await expect(numbers(stream)).rejects.toMatchObject({ kind: 'stale', message: 'old plan' });
  });

  it('that the client fails throws on both sides and aborts the signal', async () => {
    const seen = deferred<unknown>();
    const aborted = deferred<unknown>();
    const { peer } = await connect([
      onStream(inventory, async (stream, { signal }) => {
        signal.addEventListener('abort', () => aborted.resolve(signal.reason));
        await stream.send({ number: 1 });
        await numbers(stream).then(seen.resolve, seen.resolve);
      }),
    ]);
    const stream = peer.stream(inventory);
    await stream[Symbol.asyncIterator]().next();
    stream.fail(new KvError('internal', 'my own reason'));
    await expect(numbers(stream)).rejects.toMatchObject({ message: 'my own reason' });
    expect(await seen.promise).toMatchObject({ kind: 'cancelled' });
    expect(await aborted.promise).toMatchObject({ kind: 'cancelled' });
  });

  it('that outlives its deadline is timedOut on both sides', async () => {
    const seen = deferred<unknown>();
    const { peer } = await connect([
      onStream(inventory, async (stream) => {
        await numbers(stream).then(seen.resolve, seen.resolve);
      }),
    ]);
    const stream = peer.stream(inventory, { timeoutMs: 1_000 });
    await stream.send({ number: 1 });
    await expect(numbers(stream)).rejects.toMatchObject({ kind: 'timedOut' });
    expect(await seen.promise).toBeInstanceOf(KvError);
  });

  it('ends with an error when its peer is closed', async () => {
    const { peer } = await connect([echo]);
    const stream = peer.stream(inventory);
    await stream.send({ number: 1 });
    peer.close();
    await expect(numbers(stream)).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('takes a message of many megabytes and refuses one past the bound', async () => {
    const { peer } = await connect([
      onStream(putPages, async (stream) => {
        for await (const { k } of stream) await stream.send({ outcome: String(k.length) });
      }),
    ]);
    const stream = peer.stream(putPages);
    await stream.send({ k: Buffer.alloc(40 * 2 ** 20) });
    const { value } = await stream[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ outcome: String(40 * 2 ** 20) });
    await stream.send({ k: Buffer.alloc(65 * 2 ** 20) });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'exhausted' });
  });
});
