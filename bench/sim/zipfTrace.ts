import { keyOfNumber } from '../../src/sim/mixKey.js';
import type { SeededRandom } from '../../src/sim/seededRandom.js';
import type { Trace } from '../../src/sim/trace.js';
import type { ZipfSampler } from '../../src/sim/zipfSampler.js';

const blockTokens = 512;

/** Keys of `count` blocks, which the parts of one trace have in common. */
export function zipfKeys(count: number): Pick<Trace, 'uniqueBlocks' | 'keyLow' | 'keyHigh'> {
  const keyLow = new Uint32Array(count);
  const keyHigh = new Uint32Array(count);
  for (let number = 0; number < count; number += 1) {
    const key = keyOfNumber(number);
    keyLow[number] = key.low;
    keyHigh[number] = key.high;
  }
  return { uniqueBlocks: count, keyLow, keyHigh };
}

/** A part of a trace: requests of one block each, drawn by popularity, one a millisecond from `startMs`. */
export function zipfPart(
  requests: number,
  keys: Pick<Trace, 'uniqueBlocks' | 'keyLow' | 'keyHigh'>,
  sampler: ZipfSampler,
  random: SeededRandom,
  startMs: number,
): Trace {
  const blocks = new Uint32Array(requests);
  const timeMs = new Float64Array(requests);
  const firstAccess = new Uint32Array(requests + 1);
  for (let at = 0; at < requests; at += 1) {
    blocks[at] = sampler.draw(random);
    timeMs[at] = startMs + at;
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
    ...keys,
  };
}
