import { blocksToResume } from '../core/blockSpan.js';
import type { LayerAttention } from '../core/geometry.js';
import type { PagePlace } from '../tiers/tierStack.js';

/**
 * For each number of blocks from 0 to `blocks`, the bytes that have to come from disk to go on from there;
 * `Infinity` where a window layer lacks a page for that.
 * @param placeOf where the page of a block is, in a layer (an index into `layers`).
 */
export function prefixLoads(
  layers: readonly LayerAttention[],
  blockTokens: number,
  blocks: number,
  pageBytes: number,
  placeOf: (layer: number, block: number) => PagePlace,
): Float64Array {
  const loadBytes = new Float64Array(blocks + 1);
  // Pages of the layer's first blocks that lie on disk only, and that are nowhere.
  const onDisk = new Uint32Array(blocks + 1);
  const missing = new Uint32Array(blocks + 1);
  layers.forEach((attention, layer) => {
    for (let block = 0; block < blocks; block += 1) {
      const place = placeOf(layer, block);
      onDisk[block + 1] = onDisk[block]! + (place === 'disk' ? 1 : 0);
      missing[block + 1] = missing[block]! + (place === 'nowhere' ? 1 : 0);
    }
    for (let end = 1; end <= blocks; end += 1) {
      const { first } = blocksToResume(attention, blockTokens, end);
      loadBytes[end]! += (onDisk[end]! - onDisk[first]!) * pageBytes;
      if (missing[end] !== missing[first]) loadBytes[end] = Number.POSITIVE_INFINITY;
    }
  });
  return loadBytes;
}

/** How long loads take. Before any was measured they count for nothing: what is there is used. */
export function loadMsOf(loadBytes: Float64Array, bytesPerMs: number | null): Float64Array {
  return loadBytes.map((bytes) =>
    bytes === Number.POSITIVE_INFINITY ? bytes : bytes / (bytesPerMs ?? Number.POSITIVE_INFINITY),
  );
}
