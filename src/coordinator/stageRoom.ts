import { neededBlocks } from '../core/blockSpan.js';
import type { Geometry, LayerAttention } from '../core/geometry.js';
import type { Member } from './member.js';
import { ShardCounts } from './shardCounts.js';

/** What one stage's ready workers hold, and what a sequence needs of it. */
export interface StageRoom {
  readonly stage: number;
  readonly from: number;
  readonly to: number;
  readonly fullLayers: number;
  readonly windows: readonly (LayerAttention & { readonly kind: 'window' })[];
  readonly counts: ShardCounts;
  /** Pages that each worker holds, the lead first; `Infinity` for one that does not say. */
  readonly capacityPages: readonly number[];
  /** Growing pages that the lead's device holds. */
  readonly tailPages: number;
}

/** @param members the ready workers of each stage, at least one, the lead first. */
export function stageRooms(members: readonly (readonly Member[])[], geometry: Geometry): StageRoom[] {
  return members.map((some, stage) => {
    const { layers, capacity } = some[0]!; // at least one is promised
    const attentions = geometry.layers.slice(layers.from, layers.to);
    return {
      stage,
      from: layers.from,
      to: layers.to,
      fullLayers: attentions.filter(({ kind }) => kind === 'full').length,
      windows: attentions.filter((attention) => attention.kind === 'window'),
      counts: new ShardCounts(some.length),
      capacityPages: some.map((member) => member.capacity?.livePages ?? Number.POSITIVE_INFINITY),
      tailPages: capacity?.tailPages ?? Number.POSITIVE_INFINITY,
    };
  });
}

/** Pages of window layers that a step of a sequence of `blocks` blocks reads and writes at most. */
export function windowPages({ windows }: StageRoom, blocks: number, blockTokens: number): number {
  if (blocks === 0) return 0;
  return windows.reduce((sum, attention) => {
    // The first token of a block looks back the furthest.
    const { first, end } = neededBlocks(attention, blockTokens, (blocks - 1) * blockTokens, 1);
    return sum + end - first;
  }, 0);
}

export function layersOf({ from, to }: StageRoom): number {
  return to - from;
}
