import type { LayerRange } from '../core/layerRange.js';
import type { LayerMass } from '../device/attentionMass.js';
import type { MassSheet } from '../memory/massSheet.js';

/** Where the pages of a part of a job lie on the board. */
export interface WeighedEntries {
  readonly range: LayerRange;
  /** The entries of layer i: from `entries[2 * i]` up to `entries[2 * i + 1]`. */
  readonly entries: Int32Array;
  /** Block of each entry. */
  readonly blocks: Int32Array;
}

/**
 * Compute: writes how much attention the pages got that were read. In layers that nobody measured, those of windows, every
 * step reads all that it lists, and each page counts as if it had got everything.
 */
export function weighPages(
  sheet: MassSheet,
  layers: readonly LayerMass[],
  { range, entries, blocks }: WeighedEntries,
): void {
  for (let layer = range.from; layer < range.to; layer += 1) {
    const index = layer - range.from;
    const measured = layers.find((one) => one.layer === layer);
    const shares = measured === undefined ? null : sharesOf(measured);
    for (let entry = entries[2 * index]!; entry < entries[2 * index + 1]!; entry += 1) {
      const share = shares === null ? 1 : shares.get(blocks[entry]!);
      if (share !== undefined) sheet.put(entry, share);
    }
  }
}

function sharesOf({ tokens, blocks, mass }: LayerMass): Map<number, number> {
  const shares = new Map<number, number>();
  for (let at = 0; at < blocks.length; at += 1) shares.set(blocks[at]!, mass[at]! / tokens);
  return shares;
}
