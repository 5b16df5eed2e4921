import { keyOfNumber } from '../../src/sim/keyOfNumber.js';
import type { SeededRandom } from '../../src/sim/seededRandom.js';
import type { Trace } from '../../src/sim/trace.js';
import type { ZipfSampler } from '../../src/sim/zipfSampler.js';

const blockTokens = 512;

/** Requests of one block each, one a millisecond. Straight into the columns: a builder would take minutes. */
export function zipfTrace(requests: number, sampler: ZipfSampler, random: SeededRandom): Trace {
  const blocks = sharedUint32(requests);
  const timeMs = new Float64Array(new SharedArrayBuffer(8 * requests));
  const firstAccess = sharedUint32(requests + 1);
  for (let at = 0; at < requests; at += 1) {
    blocks[at] = sampler.draw(random);
    timeMs[at] = at;
    firstAccess[at + 1] = at + 1;
  }
  const keyLow = sharedUint32(sampler.count);
  const keyHigh = sharedUint32(sampler.count);
  for (let number = 0; number < sampler.count; number += 1) {
    const key = keyOfNumber(number);
    keyLow[number] = key.low;
    keyHigh[number] = key.high;
  }
  return {
    requests,
    timeMs,
    inputTokens: sharedUint32(requests).fill(blockTokens),
    outputTokens: sharedUint32(requests),
    kind: new Uint8Array(new SharedArrayBuffer(requests)),
    firstAccess,
    blocks,
    blockTokens,
    uniqueBlocks: sampler.count,
    keyLow,
    keyHigh,
  };
}

/** Threads read one copy. */
function sharedUint32(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}
