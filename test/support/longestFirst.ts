import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By how long they take: whole clusters of processes, and among these the one file that starts dozens. */
const slow = [/\/test\/e2e\/equalBits\.test\.ts$/, /\/test\/(e2e|package)\//];

function rank({ moduleId }: TestSpecification): number {
  const found = slow.findIndex((pattern) => pattern.test(moduleId));
  return found < 0 ? slow.length : found;
}

/** Begins with the slowest files, lest one is left to run alone in the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
