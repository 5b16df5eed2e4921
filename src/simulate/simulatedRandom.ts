import { createHash } from 'node:crypto';
import type { Random } from '../core/ports/random.js';

const steps = 2 ** 53;
const mask = (1n << 64n) - 1n;

/** Randomness that a seed repeats: splitmix64. */
export class SimulatedRandom implements Random {
  readonly #seed: string;
  #state: bigint;

  constructor(seed: number | string) {
    this.#seed = String(seed);
    this.#state = createHash('sha256').update(this.#seed).digest().readBigUInt64LE();
  }

  /** A stream of its own: how much one part draws never changes what another one gets. */
  fork(name: string): SimulatedRandom {
    return new SimulatedRandom(`${this.#seed}/${name}`);
  }

  bytes(count: number): Uint8Array {
    const out = Buffer.alloc(Math.ceil(count / 8) * 8);
    for (let at = 0; at < out.length; at += 8) out.writeBigUInt64LE(this.#next(), at);
    return new Uint8Array(out.buffer, out.byteOffset, count);
  }

  fraction(): number {
    return Number(this.#next() >> 11n) / steps;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** True in that share of the calls. Draws nothing for 0, so that switching a fault off changes no other. */
  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  #next(): bigint {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & mask;
    let mixed = this.#state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask;
    return mixed ^ (mixed >> 31n);
  }
}
