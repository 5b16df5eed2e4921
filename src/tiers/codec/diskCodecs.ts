import { KvError } from '../../core/errors.js';
import type { Geometry } from '../../core/geometry.js';
import type { PageCodec } from './pageCodec.js';
import { ShuffleCodec } from './shuffleCodec.js';
import { groupCodecOf, lessPrecise, type TierDtype, tierDtypes } from './tierDtype.js';

/** What makes exact pages on disk smaller. */
export const diskPackings = ['none', 'shuffle'] as const;
export type DiskPacking = (typeof diskPackings)[number];

export interface DiskCompression {
  readonly dtype: TierDtype;
  readonly packing: DiskPacking;
}

export const noDiskCompression: DiskCompression = { dtype: 'exact', packing: 'none' };

/**
 * What pages are written with, and what they may have been written with to be taken for the worker's own.
 * What lost bits in pinned memory is never written as if it had not: with the codec of the tier that loses more.
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
  const tier = dtype === 'exact' ? 'pinned' : 'disk';
  const least = tierDtypes.indexOf(lessPrecise(dtype, pinned));
  const lossy = new Map<TierDtype, PageCodec>();
  for (const known of tierDtypes.slice(0, least + 1)) {
    const codec = groupCodecOf(known, geometry, tier);
    if (codec !== null) lossy.set(known, codec);
  }
  const exact = packing === 'shuffle' ? shuffle : null;
  return {
    write: lossy.get(dtype) ?? exact,
    writeLossy: lossy.get(lessPrecise(dtype, pinned)) ?? null,
    read: [shuffle, ...lossy.values()],
  };
}
