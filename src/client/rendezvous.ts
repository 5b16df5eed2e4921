import { xxh64 } from '@node-rs/xxhash';
import type { BlockKey } from '../core/blockKey.js';
import type { WorkerId } from '../core/plan.js';

/**
 * The worker that a block belongs to among those that serve the same layers: the one with the highest
 * xxh64 (seed 0) over the key's 64 hex digits followed by the worker's id. Every client finds the same
 * one, and a worker that comes or goes moves only its own blocks.
 */
export function rendezvous<T extends { readonly id: WorkerId }>(
  block: BlockKey,
  workers: readonly [T, ...T[]],
): T {
  let [best] = workers;
  if (workers.length === 1) return best;
  let bestScore = -1n;
  for (const worker of workers) {
    const score = xxh64(block + worker.id);
    if (score > bestScore || (score === bestScore && worker.id < best.id)) {
      best = worker;
      bestScore = score;
    }
  }
  return best;
}
