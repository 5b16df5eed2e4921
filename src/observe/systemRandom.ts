import { randomBytes } from 'node:crypto';
import type { Random } from '../core/ports/random.js';

const steps = 2 ** 53;

/** Randomness of the operating system. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => Number(randomBytes(8).readBigUInt64LE() >> 11n) / steps,
};
