import type { RetentionPolicy } from '../../src/policy/policy.js';

/** 20,000 accesses to 500 handles, a few of them far more often than the rest; always the same. */
export const smallTrace: readonly number[] = (() => {
  let state = 12345;
  const fraction = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: 20_000 }, () => Math.floor(500 * fraction() ** 3));
})();

/** Misses of a cache of `size` handles that starts empty and takes everything in. */
export function missCount(policy: RetentionPolicy, trace: Iterable<number>, size: number): number {
  const held = new Set<number>();
  let misses = 0;
  for (const handle of trace) {
    if (held.has(handle)) {
      policy.access(handle);
      continue;
    }
    misses += 1;
    if (held.size === size) {
      const eviction = policy.evict(1, () => false);
      if (eviction.kind === 'victims') for (const victim of eviction.handles) held.delete(victim);
    }
    held.add(handle);
    policy.insert(handle);
  }
  return misses;
}
