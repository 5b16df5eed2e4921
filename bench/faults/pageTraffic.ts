import type { KvClient } from '../../src/client/kvClient.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { SeededRandom } from '../../src/decode/seededRandom.js';
import { blockOf, idsOf, isRight, pagesOf } from './storedPages.js';

/** A call that has ended. */
interface Ended {
  /** On the clock of `performance.now()`. */
  readonly beganMs: number;
  readonly endedMs: number;
}

export interface EndedPut extends Ended {
  readonly isStored: boolean;
}

export interface EndedGet extends Ended {
  readonly found: number;
  readonly missed: number;
  readonly unavailable: number;
  readonly wrong: number;
}

/** Somebody who puts new blocks and fetches those that were put, one after the other, until told to stop. */
export class PageTraffic {
  readonly puts: EndedPut[] = [];
  readonly gets: EndedGet[] = [];
  readonly stored: BlockKey[] = [];
  readonly #client: KvClient;
  readonly #random: SeededRandom;
  readonly #seed: number;
  #number = 0;
  #isOver = false;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(client: KvClient, random: SeededRandom, seed: number) {
    this.#client = client;
    this.#random = random;
    this.#seed = seed;
  }

  start(loops: number): void {
    const each = Array.from({ length: loops }, (_, at) => (at % 2 === 0 ? this.#putAll() : this.#getAll()));
    this.#loops = Promise.all(each);
  }

  /** Resolves when the calls under way have ended. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#loops;
  }

  async #putAll(): Promise<void> {
    while (!this.#isOver) {
      const block = blockOf(this.#seed, this.#number);
      this.#number += 1;
      const beganMs = performance.now();
      const results = await this.#client.blocks.put(pagesOf(block)).all();
      const isStored = results.every(({ kind }) => kind === 'stored' || kind === 'present');
      this.puts.push({ beganMs, endedMs: performance.now(), isStored });
      if (isStored) this.stored.push(block);
    }
  }

  async #getAll(): Promise<void> {
    while (!this.#isOver) {
      const block = this.stored[Math.floor(this.#random.fraction() * this.stored.length)];
      if (block === undefined) await new Promise((resolve) => setImmediate(resolve));
      else this.gets.push(await fetchBlock(this.#client, block));
    }
  }
}

/** All pages of a block, compared with what was put. */
export async function fetchBlock(client: KvClient, block: BlockKey): Promise<EndedGet> {
  const beganMs = performance.now();
  const counts = { found: 0, missed: 0, unavailable: 0, wrong: 0 };
  for await (const result of client.blocks.get(idsOf(block))) {
    if (result.kind === 'hit' && result.form === 'copied') {
      counts.found += 1;
      if (!isRight(result.page, result)) counts.wrong += 1;
    } else if (result.kind === 'miss') counts.missed += 1;
    else counts.unavailable += 1;
  }
  return { beganMs, endedMs: performance.now(), ...counts };
}
