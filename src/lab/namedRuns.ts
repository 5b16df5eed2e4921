import type { SimRun } from './simResults.js';

/** Runs whose policies have names that tell them apart: those of admission and placement too, where they differ. */
export function namedRuns(runs: readonly SimRun[]): SimRun[] {
  const kinds = (['admission', 'placement'] as const).filter(
    (kind) => new Set(runs.map(({ [kind]: name }) => name)).size > 1,
  );
  return runs.map((run) => {
    const names = kinds.flatMap((kind) => run[kind] ?? []);
    return { ...run, policy: [run.policy, ...names].join(', ') };
  });
}
