import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type RetentionPolicyName, retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { CacheReplay } from '../../src/sim/cacheReplay.js';
import type { Trace } from '../../src/sim/trace.js';
import type { Round } from '../support/contender.js';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes of all typed arrays that are still in use. */
function arrayBytes(): number {
  // What the first collection finds dead is given back by the second.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Replays the first `accesses` of a trace of single blocks: how fast, and what each block that is in takes. */
export function replayRate(
  trace: Trace,
  name: RetentionPolicyName,
  capacity: number,
  accesses: number,
): Round {
  const bytesBefore = arrayBytes();
  const replay = new CacheReplay(trace, retentionPolicies[name], { capacity });
  const startMs = performance.now();
  const { hits } = replay.replay(0, accesses);
  const ms = performance.now() - startMs;
  const bytes = arrayBytes() - bytesBefore;
  // Replays nothing, so that it is still in use above.
  replay.replay(accesses, accesses);
  return {
    millionPerSecond: accesses / ms / 1000,
    bytesPerEntry: bytes / capacity,
    hitRate: hits / accesses,
  };
}
