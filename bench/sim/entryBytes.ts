import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type RetentionPolicyName, retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { CacheReplay } from '../../src/sim/cacheReplay.js';
import type { Trace } from '../../src/sim/trace.js';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes of all typed arrays that are still in use. */
function arrayBytes(): number {
  // What the first collection finds dead is given back by the second.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Bytes of typed arrays that a policy and its cache take for each block that fits, after so many accesses. */
export function entryBytes(
  trace: Trace,
  name: RetentionPolicyName,
  capacity: number,
  accesses: number,
): number {
  const bytesBefore = arrayBytes();
  const replay = new CacheReplay(trace, retentionPolicies[name], { capacity });
  replay.replay(0, accesses);
  const bytes = arrayBytes() - bytesBefore;
  // Asked once more, so that it is still in use above.
  replay.replay(accesses, accesses);
  return bytes / capacity;
}
