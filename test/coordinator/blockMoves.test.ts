import { describe, expect, it } from 'vitest';
import { BlockMoves } from '../../src/coordinator/blockMoves.js';
import type { CoordinatorMachine } from '../../src/coordinator/coordinatorMachine.js';
import { blockKeyFromBytes, packBlockKeys, unpackBlockKeys } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { CallOptions, Network } from '../../src/core/ports/network.js';

const layers = { from: 0, to: 2 };
const member = (worker: string) => ({ worker, address: `${worker}:1`, layers, state: 'ready' });
const keys = [1, 2].map((fill) => blockKeyFromBytes(new Uint8Array(32).fill(fill)));

/** Workers "a" and "b" of the same layers, as the coordinator meets them. */
class TwoWorkers {
  readonly requests: { readonly to: string; readonly name: string; readonly options: CallOptions }[] = [];
  /** Whether a worker has a page, by its address, the first byte of the block and the layer. */
  readonly has = (_worker: string, _block: number, _layer: number): boolean => true;
  removed: string[] = [];
  isFlushHung = false;

  async move(): Promise<Record<string, unknown>[]> {
    const machine = {
      membership: {
        ready: () => [[member('a'), member('b')]],
        members: () => [member('a'), member('b')],
        model: { geometry: {} },
        identity: { namespace: 'n', isStore: true },
      },
    } as unknown as CoordinatorMachine;
    const told: Record<string, unknown>[] = [];
    const asked = { namespace: 'n', from: 'a', to: 'b', migrate: true, blocks: packBlockKeys(keys) };
    const stream = {
      async *[Symbol.asyncIterator]() {
        yield asked;
      },
      send: async (progress: Record<string, unknown>) => void told.push(progress),
    };
    const call = { tenant: 't', requestId: 'r', signal: new AbortController().signal };
    const network = { dial: (address: string) => this.#peer(address) } as unknown as Network;
    await new BlockMoves(machine, network).move(stream as never, call as never);
    return told;
  }

  #peer(address: string) {
    return {
      stream: () => ({
        send: async () => {},
        end: () => {},
        fail: () => {},
        async *[Symbol.asyncIterator]() {
          yield { done: true, pagesCopied: 4 };
        },
      }),
      request: async (endpoint: { name: string }, message: Record<string, never>, options: CallOptions) => {
        this.requests.push({ to: address, name: endpoint.name, options });
        return this.#answer(address, endpoint.name, message, options);
      },
      close: () => {},
    };
  }

  #answer(address: string, name: string, message: Record<string, never>, options: CallOptions): unknown {
    if (name === 'HasPages') {
      const pages = message.pages as unknown as { block: Buffer; layer: number }[];
      return { has: pages.map(({ block, layer }) => this.has(address, block[0] ?? 0, layer)) };
    }
    if (name === 'RemoveBlocks') {
      this.removed = [...unpackBlockKeys(message.blocks as unknown as Buffer)];
      return { removedPages: this.removed.length * 2 };
    }
    if (!this.isFlushHung) return {};
    if (options.timeoutMs === undefined) return {}; // it would wait for ever
    throw new KvError('timedOut', `no answer within ${options.timeoutMs} ms`);
  }
}

describe('BlockMoves with migrate', () => {
  it('removes from the source only blocks whose pages have all arrived', async () => {
    const two = new TwoWorkers();
    Object.assign(two, {
      has: (to: string, block: number, layer: number) => to !== 'b:1' || block + layer < 3,
    });
    expect((await two.move()).at(-1)).toMatchObject({ pagesRemoved: 2, done: true });
    expect(two.removed).toEqual([keys[0]]);
  });

  it('bounds each request, and removes nothing from the source when the destination does not flush', async () => {
    const well = new TwoWorkers();
    await well.move();
    expect(well.requests.map(({ name }) => name)).toEqual(['Flush', 'HasPages', 'HasPages', 'RemoveBlocks']);
    for (const { options } of well.requests) expect(options.timeoutMs).toBeGreaterThan(0);
    const hung = new TwoWorkers();
    hung.isFlushHung = true;
    await expect(hung.move()).rejects.toMatchObject({ kind: 'timedOut' });
    expect(hung.removed).toEqual([]);
  });
});
