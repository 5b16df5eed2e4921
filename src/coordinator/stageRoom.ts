import { neededBlocks } from '../core/blockSpan.js';
import type { Geometry, LayerAttention } from '../core/geometry.js';
import type { Member } from './member.js';
import { ShardCounts } from './shardCounts.js';
import { usedOf } from './stagePlans.js';

/** What one stage's ready workers hold, and what a sequence needs of it. */
export interface StageRoom {
  readonly stage: number;
  readonly from: number;
  readonly to: number;
  readonly fullLayers: number;
  readonly windows: readonly (LayerAttention & { readonly kind: 'window' })[];
  readonly counts: ShardCounts;
  /** Pages that the lead holds and that each other worker keeps, the lead first; `Infinity` for one that does not say. */
  readonly capacityPages: readonly number[];
  /** Growing pages that the lead's device holds. */
  readonly tailPages: number;
}

/** @param members the ready workers of each stage, at least one, by seat. */
export function stageRooms(members: readonly (readonly Member[])[], geometry: Geometry): StageRoom[] {
  return members.map((some, stage) => {
    const [lead, ...peers] = usedOf(some);
    const { layers, capacity } = lead!; // at least one is promised
    const attentions = geometry.layers.slice(layers.from, layers.to);
    return {
      stage,
      from: layers.from,
      to: layers.to,
      fullLayers: attentions.filter(({ kind }) => kind === 'full').length,
      windows: attentions.filter((attention) => attention.kind === 'window'),
      counts: new ShardCounts(1 + peers.length),
      capacityPages: [capacity?.livePages ?? Number.POSITIVE_INFINITY, ...peers.map(keptPagesMax)],
      tailPages: capacity?.tailPages ?? Number.POSITIVE_INFINITY,
    };
  });
}

/** Pages that a peer can keep for others: none go to its device, where only what it leads itself lies. */
function keptPagesMax({ capacity }: Member): number {
  return capacity === null ? Number.POSITIVE_INFINITY : capacity.livePages - capacity.tailPages;
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
