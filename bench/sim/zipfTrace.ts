import { keyOfNumber } from '../../src/sim/keyOfNumber.js';
import type { SeededRandom } from '../../src/sim/seededRandom.js';
import type { Trace } from '../../src/sim/trace.js';
import type { ZipfSampler } from '../../src/sim/zipfSampler.js';

const blockTokens = 512;

/** Requests of one block each, one a millisecond. Straight into the columns: a builder would take minutes. */
export function zipfTrace(requests: number, sampler: ZipfSampler, random: SeededRandom): Trace {
  const blocks = new Uint32Array(requests);
  const timeMs = new Float64Array(requests);
  const firstAccess = new Uint32Array(requests + 1);
  for (let at = 0; at < requests; at += 1) {
    blocks[at] = sampler.draw(random);
    timeMs[at] = at;
    firstAccess[at + 1] = at + 1;
  }
  return {
    requests,
    timeMs,
    inputTokens: new Uint32Array(requests).fill(blockTokens),
    outputTokens: new Uint32Array(requests),
    kind: new Uint8Array(requests),
    firstAccess,
    blocks,
    blockTokens,
    uniqueBlocks: sampler.count,
    keyLow: Uint32Array.from({ length: sampler.count }, (_, number) => keyOfNumber(number).low),
    keyHigh: Uint32Array.from({ length: sampler.count }, (_, number) => keyOfNumber(number).high),
  };
}
