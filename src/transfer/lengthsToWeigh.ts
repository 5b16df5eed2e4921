/** Lengths that stages weigh together, at most: a message names each of them. */
export const weighedLengthsMax = 64;
/** Those that the first stage spreads over the prefix. */
const spreadLengths = 32;
/** Those that each stage adds where its own loads begin or become dearer. */
const cornersMax = 8;

/**
 * The lengths at which stages weigh loading against computing anew, ascending, the whole prefix among them: those
 * that an earlier stage asks about, or some at equal distances, and the corners of this stage's own loads.
 * Prefixes of up to 63 blocks are weighed at every length.
 * @param asked those of the stage before; empty for the first.
 * @param loadMs for each number of blocks from 0 to the whole prefix.
 */
export function lengthsToWeigh(asked: readonly number[], loadMs: Float64Array): number[] {
  const whole = loadMs.length - 1;
  const lengths = new Set([...(asked.length === 0 ? spread(whole) : asked), whole]);
  for (const corner of cornersOf(loadMs)) if (lengths.size < weighedLengthsMax) lengths.add(corner);
  return [...lengths].filter((length) => length <= whole).sort((a, b) => a - b);
}

function spread(whole: number): number[] {
  const parts = whole < weighedLengthsMax ? whole : spreadLengths;
  return Array.from({ length: parts + 1 }, (_, part) =>
    parts === 0 ? 0 : Math.round((part * whole) / parts),
  );
}

/**
 * Whatever computing a block takes, the best length for one stage is a corner of the curve of its loads, seen from
 * below. Of many corners some at equal distances.
 */
function cornersOf(loadMs: Float64Array): number[] {
  const hull: number[] = [];
  for (let length = 0; length < loadMs.length; length += 1) {
    if (loadMs[length] === Number.POSITIVE_INFINITY) continue;
    while (hull.length > 1 && !isCorner(loadMs, hull.at(-2)!, hull.at(-1)!, length)) hull.pop();
    hull.push(length);
  }
  if (hull.length <= cornersMax) return hull;
  return Array.from({ length: cornersMax }, (_, at) => hull[Math.floor((at * hull.length) / cornersMax)]!);
}

/** Whether loads become dearer at `b`, on the way from `a` to `c`. */
function isCorner(loadMs: Float64Array, a: number, b: number, c: number): boolean {
  return (loadMs[b]! - loadMs[a]!) * (c - b) < (loadMs[c]! - loadMs[b]!) * (b - a);
}
