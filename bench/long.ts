import { KvError } from '../src/core/errors.js';
import { approximationPart } from './long/approximation.js';
import { batchingPart } from './long/batching.js';
import { boundPart } from './long/bound.js';
import { compressionPart } from './long/compression.js';
import { distancePart } from './long/distance.js';
import { millionPart } from './long/million.js';
import { needlesPart } from './long/needles.js';
import { overlapPart } from './long/overlap.js';
import { speculationPart } from './long/speculation.js';
import type { Bench, BenchResult } from './support/bench.js';

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
export const long: Bench = async (context) => {
  const partMs = context.deadlineMs - performance.now();
  const results: BenchResult[] = [];
  for (const [name, part] of longParts) {
    if (context.part !== undefined && context.part !== name) continue;
    if (context.signal.aborted) throw KvError.from(context.signal.reason, 'cancelled');
    context.tell(`long: ${name}`);
    try {
      results.push(await part({ ...context, deadlineMs: performance.now() + partMs }));
    } catch (thrown) {
      // What the other parts measure is told all the same.
      if (context.signal.aborted) throw thrown;
      const failure = `${name}: ${KvError.from(thrown).message}`;
      results.push({ rows: [], ratios: [], missing: [], failures: [failure] });
    }
  }
  return {
    rows: results.flatMap(({ rows }) => rows),
    ratios: results.flatMap(({ ratios }) => ratios),
    grids: results.flatMap(({ grids = [] }) => grids),
    missing: results.flatMap(({ missing }) => missing),
    failures: results.flatMap(({ failures = [] }) => failures),
  };
};
