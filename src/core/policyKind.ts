export const policyKinds = ['retention', 'residency'] as const;
/** `retention`: which blocks stay below the device; `residency`: which pages stay on it. */
export type PolicyKind = (typeof policyKinds)[number];
