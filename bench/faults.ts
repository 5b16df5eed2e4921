import { killPart } from './faults/kill.js';
import { putsPart } from './faults/puts.js';
import { rollingPart } from './faults/rolling.js';
import type { Bench } from './support/bench.js';
import { runParts } from './support/runParts.js';

/** By the names that `--part` takes, in the order in which they run. */
export const faultsParts: ReadonlyMap<string, Bench> = new Map([
  ['kill', killPart],
  ['puts', putsPart],
  ['rolling', rollingPart],
]);

/** What a cluster does while its processes die, are replaced, or are asked for too much, part after part. */
export const faults: Bench = runParts('faults', faultsParts);
