import { randomInt } from 'node:crypto';
import { KvError } from '../../src/core/errors.js';

const seedsMax = 2 ** 31;

/** The seed of a run, to be printed: KVTIDE_BENCH_SEED, else a new one. @throws KvError `invalid` for no number. */
export function benchSeed(): number {
  const given = process.env.KVTIDE_BENCH_SEED;
  if (given === undefined) return randomInt(seedsMax);
  const seed = Number(given);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new KvError('invalid', `KVTIDE_BENCH_SEED: "${given}" is no whole number from 0`);
}
