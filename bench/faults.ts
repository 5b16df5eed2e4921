import { coordinatorPart } from './faults/coordinator.js';
import { killPart } from './faults/kill.js';
import { overloadPart } from './faults/overload.js';
import { probes } from './faults/probes.js';
import { putsPart } from './faults/puts.js';
import { rollingPart } from './faults/rolling.js';
import { tlsPart } from './faults/tls.js';
import type { Bench } from './support/bench.js';
import { runParts } from './support/runParts.js';

/** By the names that `--part` takes, in the order in which they run. */
export const faultsParts: ReadonlyMap<string, Bench> = new Map<string, Bench>([
  ['kill', killPart],
  ['puts', putsPart],
  ['rolling', rollingPart],
  ['probes', probes],
  ['tls', tlsPart],
  ['coordinator', coordinatorPart],
  ['overload', overloadPart],
]);

/** What a cluster does while its processes die, are replaced, or are asked for too much, part after part. */
export const faults: Bench = runParts('faults', faultsParts);
