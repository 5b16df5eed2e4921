import type { Geometry } from '../../core/geometry.js';
import type { TierName } from '../../core/tierName.js';
import { GroupCodec } from './groupCodec.js';

/** How precise pages are that lose bits, the most precise first. */
export const lossyDtypes = ['int8', 'int4'] as const;
export type LossyDtype = (typeof lossyDtypes)[number];

/** How precise the pages of a tier are, the most precise first; `exact` keeps every bit. */
export const tierDtypes = ['exact', ...lossyDtypes] as const;
export type TierDtype = (typeof tierDtypes)[number];

/** The one of two that loses more. */
export function lessPrecise(one: TierDtype, other: TierDtype): TierDtype {
  return tierDtypes.indexOf(one) > tierDtypes.indexOf(other) ? one : other;
}

/**
 * What the pages of a tier are encoded with.
 * @throws KvError `unsupported` for pages that cannot be encoded so.
 */
export function groupCodecOf(
  dtype: LossyDtype,
  geometry: Geometry,
  tier: Exclude<TierName, 'device'>,
): GroupCodec {
  return new GroupCodec(dtype === 'int8' ? 8 : 4, geometry, tier);
}
