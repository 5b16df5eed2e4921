/** Replays that no policy can match, and what a reader should call them. */
const references: ReadonlyMap<string, string> = new Map([
  ['optimum', 'strict-prefix optimum'],
  ['min', 'MIN (Belady)'],
  ['infinite', 'unbounded cache'],
]);

/** Whether this is a line to measure policies by, not a policy. */
export function isReference(policy: string): boolean {
  return references.has(policy);
}

/** What to call a policy: its name; of a user's file, the name without its folder. */
export function policyLabel(policy: string): string {
  return references.get(policy) ?? policy.slice(policy.search(/[^/\\]*$/));
}
