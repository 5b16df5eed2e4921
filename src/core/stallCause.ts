/**
 * What a step can wait for. `disk`, `pinned` and `link`: a page on its way from there; `lane`: one from another
 * worker; `peer`: what another shard computes; `slot`: room on the device; `queue`: its turn at the kernel.
 */
export const stallCauses = ['disk', 'pinned', 'link', 'lane', 'peer', 'slot', 'queue'] as const;
export type StallCause = (typeof stallCauses)[number];

/** Milliseconds by what was waited for. */
export type StallMs = Readonly<Record<StallCause, number>>;

export function noStalls(): Record<StallCause, number> {
  return { disk: 0, pinned: 0, link: 0, lane: 0, peer: 0, slot: 0, queue: 0 };
}

export function sumOfStalls(stalls: StallMs): number {
  return stallCauses.reduce((sum, cause) => sum + stalls[cause], 0);
}

/** What several have waited, cause by cause. */
export function addedStalls(all: readonly StallMs[]): StallMs {
  const sums = noStalls();
  for (const stalls of all) for (const cause of stallCauses) sums[cause] += stalls[cause];
  return sums;
}
