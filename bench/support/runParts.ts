import { KvError } from '../../src/core/errors.js';
import type { Bench, BenchResult } from './bench.js';

/**
 * A bench that is made of others, which run one after the other; with `--part` only that one does.
 * @param parts by the names that `--part` takes, in the order in which they run.
 */
export function runParts(bench: string, parts: ReadonlyMap<string, Bench>): Bench {
  return async (context) => {
    const partMs = context.deadlineMs - performance.now();
    const results: BenchResult[] = [];
    for (const [name, part] of parts) {
      if (context.part !== undefined && context.part !== name) continue;
      if (context.signal.aborted) throw KvError.from(context.signal.reason, 'cancelled');
      context.tell(`${bench}: ${name}`);
      try {
        results.push(await part({ ...context, deadlineMs: performance.now() + partMs }));
      } catch (thrown) {
        // What the other parts measure is told all the same.
        if (context.signal.aborted) throw thrown;
        const failure = `${name}: ${KvError.from(thrown).message}`;
        results.push({ rows: [], ratios: [], missing: [], failures: [failure] });
      }
    }
    return {
      rows: results.flatMap(({ rows }) => rows),
      ratios: results.flatMap(({ ratios }) => ratios),
      grids: results.flatMap(({ grids = [] }) => grids),
      missing: results.flatMap(({ missing }) => missing),
      failures: results.flatMap(({ failures = [] }) => failures),
    };
  };
}
