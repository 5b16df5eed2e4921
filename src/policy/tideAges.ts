/** Buckets of ages: four for every doubling. */
export const ageBuckets = 72;
/** The finest age told apart is at most this share of the capacity, and a power of two. */
const finestShare = 1 / 256;
const ageMax = 2 ** 30;

/** Ages, in accesses to the whole cache, put into buckets whose width grows with the age. */
export class TideAges {
  readonly #shift: number;
  /** Where bucket b begins, and at b + 1 where it ends. */
  readonly #edges: Float64Array;

  /** @param capacity blocks that fit: how fast what is in the cache turns over goes by it. */
  constructor(capacity: number) {
    this.#shift = 31 - Math.clz32(Math.max(1, capacity * finestShare));
    this.#edges = Float64Array.from({ length: ageBuckets + 1 }, (_, bucket) => {
      return ((4 + (bucket & 3)) * 2 ** (bucket >> 2) - 4) * 2 ** this.#shift;
    });
  }

  bucketOf(age: number): number {
    const steps = Math.min(ageMax, (age >>> this.#shift) + 4);
    const doublings = 29 - Math.clz32(steps);
    return Math.min(ageBuckets - 1, 4 * doublings + ((steps >>> doublings) & 3));
  }

  begin(bucket: number): number {
    return this.#edges[bucket]!;
  }

  width(bucket: number): number {
    return this.#edges[bucket + 1]! - this.#edges[bucket]!;
  }
}
