import { approximationPart } from './long/approximation.js';
import { batchingPart } from './long/batching.js';
import { boundPart } from './long/bound.js';
import { compressionPart } from './long/compression.js';
import { distancePart } from './long/distance.js';
import { millionPart } from './long/million.js';
import { needlesPart } from './long/needles.js';
import { overlapPart } from './long/overlap.js';
import { speculationPart } from './long/speculation.js';
import type { Bench } from './support/bench.js';
import { runParts } from './support/runParts.js';

/** By the names that `--part` takes, in the order in which they run. */
export const longParts: ReadonlyMap<string, Bench> = new Map([
  ['needles', needlesPart],
  ['million', millionPart],
  ['bound', boundPart],
  ['distance', distancePart],
  ['batching', batchingPart],
  ['speculation', speculationPart],
  ['compression', compressionPart],
  ['approximation', approximationPart],
  ['overlap', overlapPart],
]);

/** Contexts that are larger than the memory of any worker, part after part. */
export const long: Bench = runParts('long', longParts);
