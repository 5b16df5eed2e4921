import { KvError } from '../../core/errors.js';
import type { Geometry } from '../../core/geometry.js';
import { GroupCodec } from './groupCodec.js';
import type { PageCodec } from './pageCodec.js';
import { ShuffleCodec } from './shuffleCodec.js';

/** How precise pages on disk are; `exact` keeps every bit. */
export const diskDtypes = ['exact', 'int8', 'int4'] as const;
export type DiskDtype = (typeof diskDtypes)[number];

/** What makes exact pages on disk smaller. */
export const diskPackings = ['none', 'shuffle'] as const;
export type DiskPacking = (typeof diskPackings)[number];

export interface DiskCompression {
  readonly dtype: DiskDtype;
  readonly packing: DiskPacking;
}

export const noDiskCompression: DiskCompression = { dtype: 'exact', packing: 'none' };

/** What pages are written with, and what they may have been written with to be taken for the worker's own. */
export interface DiskCodecs {
  /** Null: pages are written as they are. */
  readonly write: PageCodec | null;
  /** None of them loses more than `write`: what lost more does not come back as if it had not. */
  readonly read: readonly PageCodec[];
}

/** @throws KvError `invalid` for a choice that contradicts itself, `unsupported` for pages that are not f32. */
export function diskCodecs({ dtype, packing }: DiskCompression, geometry: Geometry): DiskCodecs {
  const shuffle = new ShuffleCodec(geometry);
  if (dtype === 'exact') return { write: packing === 'shuffle' ? shuffle : null, read: [shuffle] };
  if (packing !== 'none')
    throw new KvError(
      'invalid',
      `--disk-dtype ${dtype} and --disk-codec ${packing} exclude each other; choose one`,
    );
  const int8 = new GroupCodec(8, geometry);
  if (dtype === 'int8') return { write: int8, read: [shuffle, int8] };
  const int4 = new GroupCodec(4, geometry);
  return { write: int4, read: [shuffle, int8, int4] };
}
