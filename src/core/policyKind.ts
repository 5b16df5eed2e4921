export const policyKinds = ['retention', 'residency', 'admission', 'placement'] as const;
/**
 * `retention`: which blocks stay below the device; `residency`: which pages stay on it; `admission`: which blocks the
 * tiers below take in; `placement`: when blocks are copied there.
 */
export type PolicyKind = (typeof policyKinds)[number];
