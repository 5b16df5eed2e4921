import type { CopyTime } from '../../src/policy/policy.js';
import type { Trace } from '../../src/sim/trace.js';
import { requestsOf } from './prefixTraces.js';

/** What a replay did, by tier: blocks found, loaded and written; and leading blocks that were found. */
export interface ReferenceCounts {
  readonly hits: readonly number[];
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly prefixHits: number;
}

/** Decisions that depend on nothing but the block, and how often it was asked for. */
export interface Script {
  admits(tier: number, block: number, uses: number): boolean;
  copies(block: number, uses: number): CopyTime;
}

/** LRU in every tier, as lists of blocks with the least recently used first. */
export function tierReference(trace: Trace, capacities: readonly number[], script: Script): ReferenceCounts {
  const lists: number[][] = capacities.map(() => []);
  const hits = capacities.map(() => 0);
  const reads = capacities.map(() => 0);
  const writes = capacities.map(() => 0);
  const uses = new Map<number, number>();
  let prefixHits = 0;

  const isAnywhere = (block: number) => lists.some((list) => list.includes(block));
  const takeOut = (tier: number, block: number) => {
    lists[tier] = lists[tier]!.filter((one) => one !== block);
  };
  const offer = (tier: number, block: number) => {
    if (tier < lists.length && script.admits(tier, block, uses.get(block)!)) put(tier, block);
  };
  const put = (tier: number, block: number) => {
    if (tier > 0) writes[tier]! += 1;
    const list = lists[tier]!;
    const victim = list.length === capacities[tier] ? list.shift() : undefined;
    list.push(block);
    if (victim !== undefined && !isAnywhere(victim)) offer(tier + 1, victim);
  };
  const touch = (block: number) => {
    uses.set(block, (uses.get(block) ?? 0) + 1);
    const copies = script.copies(block, uses.get(block)!);
    const from = lists.findIndex((list) => list.includes(block));
    if (from > 0 && copies === 'leaving') takeOut(from, block);
    for (const [tier, list] of lists.entries()) {
      if (!list.includes(block)) continue;
      takeOut(tier, block);
      lists[tier]!.push(block);
    }
    if (from !== 0) put(0, block);
    if (copies === 'leaving') return;
    for (let tier = 1; tier < lists.length; tier += 1) if (!lists[tier]!.includes(block)) offer(tier, block);
  };

  for (const request of requestsOf(trace)) {
    let isLeading = true;
    for (const block of request) {
      const tier = lists.findIndex((list) => list.includes(block));
      if (tier < 0) isLeading = false;
      else hits[tier]! += 1;
      if (isLeading) {
        prefixHits += 1;
        if (tier > 0) reads[tier]! += 1;
      }
      touch(block);
    }
  }
  return { hits, reads, writes, prefixHits };
}
