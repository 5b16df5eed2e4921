import type { LogitsWanted, TopLogits } from './compute.js';

/**
 * The highest logits in falling order (the lower id first on ties), and the log of the sum of all
 * exponentials, from `[vocabulary]` logits.
 */
export function topLogits(logits: Float32Array, wanted: Pick<LogitsWanted, 'top' | 'all'>): TopLogits {
  const count = Math.min(Math.max(wanted.top, 1), logits.length);
  const ids = new Uint32Array(count);
  const highest = new Float32Array(count);
  let filled = 0;
  for (let id = 0; id < logits.length; id += 1) {
    const value = logits[id]!;
    if (filled === count && !(value > highest[count - 1]!)) continue;
    let at = filled < count ? filled : count - 1;
    while (at > 0 && value > highest[at - 1]!) {
      highest[at] = highest[at - 1]!;
      ids[at] = ids[at - 1]!;
      at -= 1;
    }
    highest[at] = value;
    ids[at] = id;
    if (filled < count) filled += 1;
  }
  return { ids, logits: highest, logsumexp: logSumExp(logits, highest[0]!), all: wanted.all ? logits : null };
}

function logSumExp(logits: Float32Array, highest: number): number {
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - highest);
  return highest + Math.log(sum);
}
