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

/** Compute: writes how much attention the pages got that were read. */
export function weighPages(
  sheet: MassSheet,
  layers: readonly LayerMass[],
  { range, entries, blocks }: WeighedEntries,
): void {
  for (const { layer, tokens, blocks: read, mass } of layers) {
    const index = layer - range.from;
    const shares = new Map<number, number>();
    for (let at = 0; at < read.length; at += 1) shares.set(read[at]!, mass[at]! / tokens);
    for (let entry = entries[2 * index]!; entry < entries[2 * index + 1]!; entry += 1) {
      const share = shares.get(blocks[entry]!);
      if (share !== undefined) sheet.put(entry, share);
    }
  }
}
