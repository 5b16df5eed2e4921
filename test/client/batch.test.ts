import { describe, expect, it } from 'vitest';
import { Batch, type BatchOptions } from '../../src/client/batch.js';

/** Work that ends when the test says so. */
class Desk {
  readonly started: number[] = [];
  readonly aborted: number[] = [];
  readonly #ends = new Map<number, { accept: (n: number) => void; reject: (thrown: unknown) => void }>();

  readonly answer = (question: number, signal: AbortSignal): Promise<number> => {
    this.started.push(question);
    return new Promise((accept, reject) => {
      this.#ends.set(question, { accept, reject });
      signal.addEventListener('abort', () => {
        this.aborted.push(question);
        reject(signal.reason);
      });
    });
  };

  end(question: number): void {
    this.#ends.get(question)?.accept(question * 10);
  }

  fail(question: number, thrown: unknown): void {
    this.#ends.get(question)?.reject(thrown);
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const options = (more: Partial<BatchOptions<number>> = {}): BatchOptions<number> => ({
  order: 'asked',
  underWayMax: 3,
  ...more,
});

function counted(count: number) {
  const source = {
    read: 0,
    closed: false,
    *[Symbol.iterator]() {
      try {
        for (let n = 0; n < count; n += 1) {
          source.read += 1;
          yield n;
        }
      } finally {
        source.closed = true;
      }
    },
  };
  return source;
}

describe('Batch', () => {
  it('does nothing before it is read, and no more than may be under way then', async () => {
    const desk = new Desk();
    const source = counted(10);
    const batch = new Batch(source, desk.answer, options());
    await settle();
    expect(source.read).toBe(0);
    const results = batch[Symbol.asyncIterator]();
    const first = results.next();
    await settle();
    expect(desk.started).toEqual([0, 1, 2]);
    desk.end(1);
    desk.end(2);
    await settle();
    // Results that wait to be taken count: their buffers are in use.
    expect(desk.started).toEqual([0, 1, 2]);
    desk.end(0);
    expect(await first).toEqual({ done: false, value: 0 });
    expect(await results.next()).toEqual({ done: false, value: 10 });
    await settle();
    expect(desk.started).toEqual([0, 1, 2, 3]);
    await results.return?.();
  });

  it('gives results as asked for, or as they come', async () => {
    for (const [order, expected] of [
      ['asked', [0, 10, 20]],
      ['arrival', [20, 0, 10]],
    ] as const) {
      const desk = new Desk();
      const all = new Batch([0, 1, 2], desk.answer, options({ order })).all();
      await settle();
      for (const question of [2, 0, 1]) {
        desk.end(question);
        await settle();
      }
      expect(await all).toEqual(expected);
    }
  });

  it('reads asynchronous sources, one question at a time', async () => {
    let readers = 0;
    async function* source() {
      for (let n = 0; n < 20; n += 1) {
        readers += 1;
        expect(readers).toBe(1);
        await settle();
        readers -= 1;
        yield n;
      }
    }
    const answer = async (n: number) => n + 1;
    expect(await new Batch(source(), answer, options()).all()).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
  });

  it('waits for what it gave up when the loop is left, frees what nobody took, and closes the source', async () => {
    const desk = new Desk();
    const source = counted(10);
    const freed: number[] = [];
    const batch = new Batch(source, desk.answer, options({ discard: (result) => freed.push(result) }));
    const read = (async () => {
      for await (const result of batch) return result;
      return -1;
    })();
    await settle();
    desk.end(1);
    desk.end(0);
    expect(await read).toBe(0);
    expect(desk.aborted).toContain(2);
    expect(freed).toEqual([10]);
    expect(source.closed).toBe(true);
  });

  it('is over only when nobody touches the buffers any more', async () => {
    let touching = 0;
    const slow = async (n: number, signal: AbortSignal) => {
      touching += 1;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await settle();
      touching -= 1;
      return n;
    };
    const first = async (n: number, signal: AbortSignal) => (n === 0 ? n : slow(n, signal));
    for await (const _ of new Batch(counted(9), first, options())) {
      expect(touching).toBeGreaterThan(0);
      break;
    }
    expect(touching).toBe(0);
  });

  it('ends with the reason of its signal', async () => {
    const desk = new Desk();
    const controller = new AbortController();
    const all = new Batch(counted(9), desk.answer, options({ signal: controller.signal })).all();
    await settle();
    controller.abort();
    await expect(all).rejects.toMatchObject({ name: 'KvError', kind: 'cancelled' });
    expect(desk.aborted).toEqual([0, 1, 2]);
    const late = new Batch(counted(9), desk.answer, options({ signal: controller.signal })).all();
    await expect(late).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('ends with what an answer or the source throws, after the others have ended', async () => {
    const desk = new Desk();
    const source = counted(9);
    const all = new Batch(source, desk.answer, options()).all();
    await settle();
    desk.fail(1, new Error('broken'));
    await expect(all).rejects.toThrow('broken');
    expect(desk.aborted).toEqual(expect.arrayContaining([0, 2]));
    expect(source.closed).toBe(true);

    const torn = function* () {
      yield 1;
      throw new Error('torn');
    };
    await expect(new Batch(torn(), async (n: number) => n, options()).all()).rejects.toThrow('torn');
  });

  it('a source that fails to close while it is being read harms nobody', async () => {
    const unheard: unknown[] = [];
    const hear = (thrown: unknown) => unheard.push(thrown);
    process.on('unhandledRejection', hear);
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => Promise.reject(new Error('cannot close')),
      }),
    };
    const controller = new AbortController();
    const all = new Batch(source, async (n: number) => n, options({ signal: controller.signal })).all();
    await settle();
    controller.abort();
    await expect(all).rejects.toMatchObject({ kind: 'cancelled' });
    await settle();
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('is read once', async () => {
    const batch = new Batch([1], async (n: number) => n, options());
    await batch.all();
    await expect(batch.all()).rejects.toMatchObject({ kind: 'invalid' });
  });
});
