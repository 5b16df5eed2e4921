export const tierNames = ['device', 'pinned', 'disk'] as const;
export type TierName = (typeof tierNames)[number];

/** One figure for each tier. */
export type ByTier<T> = Readonly<Record<TierName, T>>;
