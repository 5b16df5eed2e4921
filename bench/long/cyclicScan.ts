/**
 * Misses a round of the best possible choice (Belady's: what is needed last goes, be it what just came) for a
 * scan that reads `pages` pages over and over with room for `slots`, once it has settled.
 */
export function optimumMisses(pages: number, slots: number): number {
  const kept = new Set<number>();
  let misses = 0;
  const rounds = 4;
  for (let round = 0; round < rounds; round += 1) {
    misses = 0;
    for (let page = 0; page < pages; page += 1) {
      if (kept.has(page)) continue;
      misses += 1;
      kept.add(page);
      if (kept.size > slots) kept.delete(neededLast(kept, page, pages));
    }
  }
  return misses;
}

/** Of those kept, the page whose next turn is farthest once `now` is being read. */
function neededLast(kept: ReadonlySet<number>, now: number, pages: number): number {
  let last = now;
  let farthest = 0;
  for (const page of kept) {
    const distance = page > now ? page - now : page + pages - now;
    if (distance > farthest) [last, farthest] = [page, distance];
  }
  return last;
}

/** Share of the time on the link that compute can hide at best: all of it up to the compute's own time. */
export function hidableRatio(linkMs: number, computeMs: number): number {
  return linkMs <= computeMs ? 1 : computeMs / linkMs;
}
