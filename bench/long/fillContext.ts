import type { FilledBlock, KvClient } from '../../src/client/kvClient.js';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';
import type { Geometry } from '../../src/core/geometry.js';
import type { SequenceId } from '../../src/core/plan.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import { SeededPages } from './seededPages.js';

export interface FillOptions {
  readonly tokens: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface FilledContext {
  readonly sequence: SequenceId;
  readonly keys: readonly BlockKey[];
  readonly tokens: number;
}

/**
 * Gives a new sequence a context without computing it: in attend mode KV of seeded values is appended, for whole
 * blocks of seeded tokens. A decode stream then seeks to the end of the chain.
 * @param options.tokens whole blocks.
 * @throws KvError `exhausted` when the workers have no room for its pages.
 */
export async function fillContext(client: KvClient, options: FillOptions): Promise<FilledContext> {
  const { tokens, seed, signal } = options;
  const { geometry } = await client.model();
  const random = new SeededRandom(seed);
  const ids = Uint32Array.from({ length: tokens }, () => random.next() & 0xff);
  const session = await client.attention.open({ tokens: ids, signal });
  try {
    await session.fill(seededBlocks(geometry, ids, seed));
    // The next sequence shares its blocks: it is there before this one lets go of them.
    const keys = blockKeysOf(await client.rootKey(), ids, geometry.blockTokens);
    const { plan } = await client.sequences.create(keys, tokens, { signal });
    return { sequence: plan.sequence, keys, tokens };
  } finally {
    await session.close();
  }
}

/** Blocks that are written over when the next one is asked for. */
function* seededBlocks(geometry: Geometry, ids: Uint32Array, seed: number): Generator<FilledBlock> {
  const source = new SeededPages(geometry, seed);
  for (let block = 0; block * geometry.blockTokens < ids.length; block += 1) {
    const first = block * geometry.blockTokens;
    const pages = geometry.layers.map((_, layer) => source.page(block, layer));
    yield { tokens: ids.subarray(first, first + geometry.blockTokens), pages };
    for (const page of pages) source.done(page);
  }
}
