import { KvError } from '../../src/core/errors.js';
import type { BenchContext, BenchRow } from './bench.js';
import { median } from './median.js';

/** What one round of a contender measured; each figure becomes a median of the row. */
export type Round = Readonly<Record<string, number>>;

/** Something that is measured in rounds. */
export interface Contender {
  readonly name: string;
  /** Beside its figures: what one has to know to read them. */
  readonly note?: string;
  round(): Promise<Round>;
}

/**
 * Lets the contenders take turns, one at a time, forwards and backwards, so that whatever else the machine
 * does falls on all of them.
 * @returns a row a contender, in their order.
 * @throws KvError `cancelled`, or what a round throws.
 */
export async function takeTurns(
  contenders: readonly Contender[],
  rounds: number,
  { deadlineMs, signal, tell }: BenchContext,
): Promise<BenchRow[]> {
  const taken = contenders.map((contender) => ({ contender, samples: [] as Round[] }));
  for (let round = 0; round < rounds; round += 1) {
    if (round > 0 && performance.now() > deadlineMs) {
      tell(`time is up after ${round} of ${rounds} rounds`);
      break;
    }
    for (const { contender, samples } of round % 2 === 0 ? taken : taken.toReversed()) {
      if (signal.aborted) throw KvError.from(signal.reason, 'cancelled');
      samples.push(await contender.round());
    }
    tell(`round ${round + 1} of ${rounds}`);
  }
  return taken.map(({ contender, samples }) => rowOf(contender, samples));
}

function rowOf({ name, note }: Contender, samples: readonly Round[]): BenchRow {
  const figures: Record<string, number | string> = {};
  for (const key of Object.keys(samples[0] ?? {})) {
    figures[key] = median(samples.map((sample) => sample[key] ?? 0));
  }
  if (note !== undefined) figures.note = note;
  return { name, n: samples.length, figures };
}
