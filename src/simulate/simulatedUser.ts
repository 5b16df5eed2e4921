import type { KvClient } from '../client/kvClient.js';
import { type BlockKey, blockKeysOf } from '../core/blockKey.js';
import { type ErrorKind, KvError } from '../core/errors.js';
import { type Geometry, halfPageBytes } from '../core/geometry.js';
import { ClientSession } from '../decode/clientSession.js';
import { generate } from '../decode/generate.js';
import { topLogits } from '../worker/topLogits.js';
import { fakeVocabulary, mix } from './fakeModel.js';
import { FakeText } from './fakeText.js';
import type { Findings } from './findings.js';
import type { SimulatedCluster } from './simulatedCluster.js';
import type { SimulatedRandom } from './simulatedRandom.js';

/** What a request may end with while things go wrong: each says that it may be tried again. */
const honest: ReadonlySet<ErrorKind> = new Set([
  'unavailable',
  'timedOut',
  'exhausted',
  'lost',
  'corrupt',
  'stale',
]);

/** A request that has not ended well after this much time never will: things go wrong for less. */
const requestEndsMs = 600_000;
const retryMs = 500;
const blockTokensOfPages = 3;
const pinMs = 24 * 3_600_000;

export interface RequestCounts {
  ended: number;
  /** Of them, those that computed KV again that was lost under way. */
  recomputed: number;
  failed: number;
}

/** Blocks that were put and flushed and are pinned. */
interface KeptBlock {
  readonly key: BlockKey;
  readonly blockIndex: number;
}

export const userName = (number: number): string => `user-${number}`;

/** Somebody who asks a cluster for things and compares every answer with what it has to be. */
export class SimulatedUser {
  readonly counts: RequestCounts = { ended: 0, recomputed: 0, failed: 0 };
  /** Blocks that were promised to last and looked at in the end. */
  keptBlocks = 0;
  readonly #name: string;
  readonly #number: number;
  readonly #cluster: SimulatedCluster;
  readonly #geometry: Geometry;
  readonly #random: SimulatedRandom;
  readonly #findings: Findings;
  /** Whether what was flushed may never be lost: nothing has to be evicted here. */
  readonly #isRoomy: boolean;
  readonly #prefixes: readonly (readonly number[])[];
  readonly #kept: KeptBlock[] = [];

  constructor(
    number: number,
    cluster: SimulatedCluster,
    {
      geometry,
      findings,
      isRoomy,
    }: { readonly geometry: Geometry; readonly findings: Findings; readonly isRoomy: boolean },
  ) {
    this.#name = userName(number);
    this.#number = number;
    this.#cluster = cluster;
    this.#geometry = geometry;
    this.#random = cluster.random.fork(this.#name);
    this.#findings = findings;
    this.#isRoomy = isRoomy;
    // All users share their prefixes.
    const shared = cluster.random.fork('prefixes');
    this.#prefixes = [drawTokens(shared, 70), drawTokens(shared, 50)];
  }

  /** One request, until it has ended well. @throws KvError when that takes too long. */
  async request(): Promise<void> {
    const kind = this.#random.fraction();
    if (kind < 0.7) await this.#untilDone('generate', this.#generateOnce());
    else await this.#untilDone('pages', this.#pagesOnce());
  }

  /** After all faults: what was promised to last is there. */
  async checkKept(): Promise<void> {
    if (!this.#isRoomy || this.#kept.length === 0) return;
    await this.#untilDone('kept', async (client) => {
      const { workers } = await client.describe();
      const serving = workers.filter(({ state }) => state === 'ready');
      // What only one has that is not back yet is missed.
      if (serving.length < this.#cluster.disks.length)
        throw new KvError('unavailable', 'not all workers are back');
      for (const block of this.#kept) await this.#checkPages(client, block, true);
    });
  }

  async #untilDone(what: string, once: (client: KvClient) => Promise<void>): Promise<void> {
    const { clock } = this.#cluster;
    const startedMs = clock.monotonicMs();
    const cancelAlarm = clock.setTimer(requestEndsMs, () =>
      this.#findings.violates(`${this.#name}: ${what} has not ended after ${requestEndsMs} ms`),
    );
    try {
      for (;;) {
        try {
          const client = await this.#cluster.connect(this.#name);
          try {
            await once(client);
          } finally {
            await client.close();
          }
          this.counts.ended += 1;
          this.#findings.note(
            `${this.#name}: ${what} ended, ${(clock.monotonicMs() - startedMs).toFixed(0)} ms`,
          );
          return;
        } catch (thrown) {
          const error = KvError.from(thrown);
          this.counts.failed += 1;
          this.#findings.note(`${this.#name}: ${what} ${error.kind}: ${error.message}`);
          if (!honest.has(error.kind))
            this.#findings.violates(`${this.#name}: ${what} ended as ${error.kind}: ${error.message}`);
          if (clock.monotonicMs() - startedMs > requestEndsMs) throw error;
          await clock.sleep(retryMs);
        }
      }
    } finally {
      cancelAlarm();
    }
  }

  #generateOnce(): (client: KvClient) => Promise<void> {
    const prefix = this.#prefixes[this.#random.integer(0, this.#prefixes.length - 1)]!;
    const prompt = [
      ...prefix.slice(0, this.#random.integer(1, prefix.length)),
      ...drawTokens(this.#random, this.#random.integer(1, 40)),
    ];
    const maxTokens = this.#random.integer(1, 20);
    return async (client) => {
      const session = await ClientSession.create(client, prompt);
      const text = new FakeText(this.#geometry);
      for (const token of prompt) text.push(token);
      const request = { prompt, maxTokens, sampling: { temperature: 0, seed: 0 }, eos: [], topLogits: 4 };
      let tokens = 0;
      let isDone = false;
      for await (const event of generate(session, request, this.#cluster.clock)) {
        if (event.kind === 'done') isDone = true;
        if (event.kind === 'done' && event.recoveries > 0) this.counts.recomputed += 1;
        if (event.kind !== 'token') continue;
        const expected = topLogits(text.logits(), { top: 4, all: false });
        if (!isSame(event.step.topIds, expected.ids) || !isSame(event.step.topLogits, expected.logits))
          this.#findings.violates(`${this.#name}: wrong logits after a prompt of ${prompt.length} tokens`);
        if (event.token !== expected.ids[0])
          this.#findings.violates(`${this.#name}: token ${event.token} is not the likeliest`);
        text.push(event.token);
        tokens += 1;
      }
      if (!isDone || tokens !== maxTokens)
        this.#findings.violates(`${this.#name}: ${tokens} of ${maxTokens} tokens came`);
      await session.release();
    };
  }

  #pagesOnce(): (client: KvClient) => Promise<void> {
    const seed = this.#random.integer(0, 5);
    const blocks = this.#random.integer(1, blockTokensOfPages);
    return async (client) => {
      const { geometry } = await client.model();
      // No prompt begins like this. What has to last is the user's own: nobody else brings back what was let go.
      const start = [fakeVocabulary + seed, this.#isRoomy ? this.#number : 1];
      const tokens = Array.from(
        { length: blocks * geometry.blockTokens },
        (_, at) => start[at] ?? fakeVocabulary - 1,
      );
      const keys = blockKeysOf(await client.rootKey(), tokens, geometry.blockTokens);
      const kept = keys.map((key, blockIndex) => ({ key, blockIndex }));
      if (this.#isRoomy) await client.blocks.pin(keys, { ttlMs: pinMs });
      const before = await workersOf(client);
      const results = await client.blocks.put(kept.flatMap((block) => this.#pagesOf(block))).all();
      for (const block of kept) await this.#checkPages(client, block, false);
      const isStored = results.every(({ kind }) => kind === 'stored' || kind === 'present');
      if (!this.#isRoomy || !isStored) return;
      const flushed = await client.blocks.flush();
      // What a worker had taken and not flushed when it was killed is gone, and its next life cannot know. What lay in
      // memory alone while the disk took nothing may have made room before the pin was heard of.
      const pages = kept.flatMap((block) => this.#pagesOf(block));
      const isThere = (await client.blocks.exists(pages)).every(({ kind }) => kind === 'present');
      if (flushed.kind === 'flushed' && isThere && (await workersOf(client)) === before) this.#keep(kept);
    };
  }

  #keep(blocks: readonly KeptBlock[]): void {
    for (const block of blocks) {
      if (!this.#kept.some(({ key }) => key === block.key)) this.#kept.push(block);
    }
    this.#findings.note(`${this.#name}: ${blocks.length} blocks are kept`);
  }

  #pagesOf({ key, blockIndex }: KeptBlock) {
    return this.#geometry.layers.map((_, layer) => ({
      block: key,
      layer,
      blockIndex,
      ...this.#bytesOf(key, layer),
    }));
  }

  async #checkPages(client: KvClient, block: KeptBlock, isPromised: boolean): Promise<void> {
    const pages = this.#geometry.layers.map((_, layer) => ({ block: block.key, layer }));
    let answers = 0;
    for await (const result of client.blocks.get(pages)) {
      answers += 1;
      const { layer } = result.page;
      if (result.kind === 'hit' && result.form === 'copied') {
        const expected = this.#bytesOf(block.key, layer);
        if (Buffer.compare(result.k, expected.k) !== 0 || Buffer.compare(result.v, expected.v) !== 0)
          this.#findings.violates(
            `${this.#name}: wrong bytes of layer ${layer} of block ${block.blockIndex}`,
          );
      } else if (isPromised && result.kind === 'miss') {
        this.#findings.violates(
          `${this.#name}: layer ${layer} of block ${block.blockIndex} was flushed and is gone`,
        );
      } else if (isPromised) {
        throw new KvError('unavailable', `a page is ${result.kind}`);
      }
    }
    if (answers !== pages.length)
      this.#findings.violates(`${this.#name}: ${answers} answers for ${pages.length} pages`);
    if (isPromised) this.keptBlocks += 1;
  }

  #bytesOf(key: BlockKey, layer: number) {
    const start = Number.parseInt(key.slice(0, 8), 16);
    const half = (salt: number): Uint8Array => {
      const words = new Uint32Array(halfPageBytes(this.#geometry) / 4);
      for (let at = 0; at < words.length; at += 1) words[at] = mix(start, layer, salt, at);
      return new Uint8Array(words.buffer);
    };
    return { k: half(1), v: half(2) };
  }
}

async function workersOf(client: KvClient): Promise<string> {
  const { workers } = await client.describe();
  return workers.map(({ id }) => id).join(' ');
}

function drawTokens(random: SimulatedRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.integer(0, fakeVocabulary - 1));
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, at) => value === b[at]);
}
