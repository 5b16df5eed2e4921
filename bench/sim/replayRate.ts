import { runJobs } from '../../src/lab/runJobs.js';
import type { RetentionPolicyName } from '../../src/policy/retentionPolicies.js';
import type { Trace } from '../../src/sim/trace.js';
import type { BenchContext } from '../support/bench.js';
import type { Round } from '../support/contender.js';
import { entryBytes } from './entryBytes.js';

/** Enough to fill the cache and what a policy remembers beside it. */
const fillingAccesses = 1_000_000;

/**
 * Replays the first `accesses` of a trace of single blocks as `kvtide sim` does it, in a thread that is started for
 * it: how fast, the start included, and what each block that is in takes.
 */
export async function replayRate(
  trace: Trace,
  name: RetentionPolicyName,
  { capacity, accesses }: { readonly capacity: number; readonly accesses: number },
  { signal }: BenchContext,
): Promise<Round> {
  const begun = { ...trace, requests: accesses, blocks: trace.blocks.subarray(0, accesses) };
  const startMs = performance.now();
  const [counts] = await runJobs(begun, [{ kind: 'cache', policy: name, capacity }], {
    warmup: 0,
    threads: 1,
    signal,
  });
  const ms = performance.now() - startMs;
  return {
    millionPerSecond: accesses / ms / 1000,
    bytesPerEntry: entryBytes(trace, name, capacity, Math.min(accesses, fillingAccesses)),
    hitRate: counts!.hits / accesses,
  };
}
