import { neededBlocks } from '../core/blockSpan.js';
import { type Geometry, type LayerAttention, pageBytes, slotBytes, slotBytesOf } from '../core/geometry.js';
import { splitLayers } from '../core/layerRange.js';
import type { ByTier } from '../core/tierName.js';
import { stagingSlots } from '../tiers/stagingSlots.js';

/** Layers that see the same keys. */
export interface LayerKindPlan {
  readonly kind: LayerAttention['kind'];
  /** Null for full attention. */
  readonly window: number | null;
  readonly layers: number;
  /** K and V of one token in one such layer. */
  readonly bytesPerTokenPerLayer: number;
  /** Whether the layer's live KV grows with the context. */
  readonly grows: boolean;
  /** The most pages that a step at the end of the context reads in one such layer, and their bytes in all. */
  readonly livePagesPerLayer: number;
  readonly liveBytes: number;
}

export interface MemoryPlan {
  readonly contextTokens: number;
  readonly blockTokens: number;
  readonly pageBytes: number;
  /** A page with the room that its slot takes. */
  readonly slotBytes: number;
  readonly kinds: readonly LayerKindPlan[];
  /** What one more token adds to the live KV. */
  readonly growthBytesPerToken: number;
  /** Pages that a step at the end of the context reads, over all layers. */
  readonly livePages: number;
  readonly liveBytes: number;
  /** All pages of the context, those that left their windows included. */
  readonly allBytes: number;
  /** Pages that one worker's budgets hold. */
  readonly pagesPerWorker: ByTier<number>;
  /**
   * Workers whose tiers together hold the live KV: the device alone, with pinned memory, with the disk.
   * Null when the budgets hold no page. More workers than layers split the tokens of a layer.
   */
  readonly workersNeeded: {
    readonly device: number | null;
    readonly devicePinned: number | null;
    readonly devicePinnedDisk: number | null;
  };
}

/**
 * The memory that one sequence of `contextTokens` tokens needs, and the workers that have it.
 * @param lower what a page takes in the tiers that make it smaller.
 */
export function planMemory(
  geometry: Geometry,
  contextTokens: number,
  budgetBytes: ByTier<number>,
  lower: { readonly pinnedSlotBytes?: number; readonly diskPageBytes?: number } = {},
): MemoryPlan {
  const page = pageBytes(geometry);
  const slot = slotBytes(geometry);
  const { pinnedSlotBytes = slot, diskPageBytes = page } = lower;
  const blocks = Math.ceil(contextTokens / geometry.blockTokens);
  const perToken = page / geometry.blockTokens;
  const pagesOf = (attention: LayerAttention): number => {
    // The first token of a block looks back the furthest: the most pages that any step needs.
    const { first, end } = neededBlocks(
      attention,
      geometry.blockTokens,
      (blocks - 1) * geometry.blockTokens,
      1,
    );
    return end - first;
  };
  const layerPages = geometry.layers.map(pagesOf);
  const livePages = layerPages.reduce((sum, pages) => sum + pages, 0);
  const deviceSlots = Math.floor(budgetBytes.device / page);
  const pagesPerWorker = {
    device: Math.max(0, deviceSlots - stagingSlots(deviceSlots, 1)),
    pinned: Math.floor(budgetBytes.pinned / pinnedSlotBytes),
    disk: Math.floor(budgetBytes.disk / slotBytesOf(diskPageBytes)),
  };
  const { device, pinned, disk } = pagesPerWorker;
  return {
    contextTokens,
    blockTokens: geometry.blockTokens,
    pageBytes: page,
    slotBytes: slot,
    kinds: kindsOf(geometry.layers).map(({ attention, layers }) => ({
      kind: attention.kind,
      window: attention.kind === 'window' ? attention.window : null,
      layers,
      bytesPerTokenPerLayer: perToken,
      grows: attention.kind === 'full',
      livePagesPerLayer: pagesOf(attention),
      liveBytes: pagesOf(attention) * layers * page,
    })),
    growthBytesPerToken: perToken * geometry.layers.filter(({ kind }) => kind === 'full').length,
    livePages,
    liveBytes: livePages * page,
    allBytes: blocks * geometry.layers.length * page,
    pagesPerWorker,
    workersNeeded: {
      device: workersFor(layerPages, device),
      devicePinned: workersFor(layerPages, device + pinned),
      devicePinnedDisk: workersFor(layerPages, device + pinned + disk),
    },
  };
}

/** The least number of workers of `capacity` pages each. Up to one a layer each takes a layer range. */
function workersFor(layerPages: readonly number[], capacity: number): number | null {
  if (capacity < 1) return null;
  for (let stages = 1; stages <= layerPages.length; stages += 1) {
    const ranges = splitLayers(layerPages.length, stages);
    const fits = ranges.every(
      ({ from, to }) => layerPages.slice(from, to).reduce((a, b) => a + b, 0) <= capacity,
    );
    if (fits) return stages;
  }
  return layerPages.reduce((workers, pages) => workers + Math.ceil(pages / capacity), 0);
}

function kindsOf(layers: readonly LayerAttention[]): { attention: LayerAttention; layers: number }[] {
  const kinds = new Map<string, { attention: LayerAttention; layers: number }>();
  for (const attention of layers) {
    const name = attention.kind === 'full' ? 'full' : `window ${attention.window}`;
    const kind = kinds.get(name) ?? { attention, layers: 0 };
    kind.layers += 1;
    kinds.set(name, kind);
  }
  return [...kinds.values()];
}
