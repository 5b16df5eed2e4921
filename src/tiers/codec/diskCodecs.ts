import { KvError } from '../../core/errors.js';
import type { Geometry } from '../../core/geometry.js';
import { MarkedCodec } from './markedCodec.js';
import type { PageCodec } from './pageCodec.js';
import { ShuffleCodec } from './shuffleCodec.js';
import { groupCodecOf, lessPrecise, lossyDtypes, type TierDtype, tierDtypes } from './tierDtype.js';

/** What makes exact pages on disk smaller. */
export const diskPackings = ['none', 'shuffle'] as const;
export type DiskPacking = (typeof diskPackings)[number];

export interface DiskCompression {
  readonly dtype: TierDtype;
  readonly packing: DiskPacking;
}

export const noDiskCompression: DiskCompression = { dtype: 'exact', packing: 'none' };

/**
 * What pages are written with, and what they may have been written with to be taken for the worker's own. No
 * record looks more precise than the least precise tier of the worker that wrote it: a copy that lost bits is
 * written with the codec of that tier, and one that did not is marked, since what it was computed from may have.
 */
export interface DiskCodecs {
  /** Null: pages are written as they are. */
  readonly write: PageCodec | null;
  /** For copies that lost bits in this worker; null where nothing loses any. */
  readonly writeLossy: PageCodec | null;
  /** None of them loses more than the worker's tiers do: what lost more does not come back as if it had not. */
  readonly read: readonly PageCodec[];
}

/**
 * @param pinned how precise pages in pinned memory are.
 * @throws KvError `invalid` for a choice that contradicts itself, `unsupported` for pages that are not f32.
 */
export function diskCodecs(
  { dtype, packing }: DiskCompression,
  geometry: Geometry,
  pinned: TierDtype = 'exact',
): DiskCodecs {
  const shuffle = new ShuffleCodec(geometry);
  if (dtype !== 'exact' && packing !== 'none')
    throw new KvError(
      'invalid',
      `--disk-dtype ${dtype} and --disk-codec ${packing} exclude each other; choose one`,
    );
  const least = lessPrecise(dtype, pinned);
  const tier = dtype === 'exact' ? 'pinned' : 'disk';
  const exact = packing === 'shuffle' ? shuffle : null;
  const read: PageCodec[] = [shuffle];
  let write: PageCodec | null = exact;
  let writeLossy: PageCodec | null = null;
  for (const kept of lossyDtypes.slice(0, tierDtypes.indexOf(least))) {
    const morePrecise = [null, ...read.filter((codec) => !(codec instanceof MarkedCodec))];
    const marked = morePrecise.map((codec) => new MarkedCodec(codec, kept, geometry));
    const codec = groupCodecOf(kept, geometry, tier);
    read.push(codec, ...marked);
    if (kept === dtype) write = codec;
    if (kept !== least) continue;
    writeLossy = codec;
    if (dtype !== least) write = marked[morePrecise.indexOf(write)] ?? null;
  }
  return { write, writeLossy, read };
}
