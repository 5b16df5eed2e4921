import { copied } from './copied.js';
import { grownLength } from './growth.js';
import { HandleQueues } from './handleQueues.js';

const queue = 0;
const initialLength = 64;
const top = 0;

/**
 * Dense handles with a count each, in the order of their counts, and those of equal count in the order in which
 * they got it. A count goes up by one in O(1): handles of one count are neighbours, and what is known of them
 * (the count, the last of them, how many) stands once, in a bucket.
 */
export class CountedList {
  readonly #list: HandleQueues;
  readonly #capacity: number;
  #bucketOf: Int32Array;
  /** Buckets are a ring in the order of their counts; bucket 0 stands before the lowest and has no handles. */
  #counts = new Float64Array(initialLength);
  #lasts = new Int32Array(initialLength).fill(-1);
  #sizes = new Int32Array(initialLength);
  #higher = new Int32Array(initialLength);
  #lower = new Int32Array(initialLength);
  #usedBuckets = 1;
  /** The bucket that became free last, or 0; the one before it stands in its `higher`. */
  #freeBucket = 0;

  /** @param capacity handles that are expected; more may come. */
  constructor(capacity: number) {
    this.#list = new HandleQueues(1, capacity);
    this.#capacity = capacity;
    this.#bucketOf = new Int32Array(Math.min(initialLength, capacity));
  }

  /** The handle of the lowest count that got it first, or -1. */
  get first(): number {
    return this.#list.first(queue);
  }

  /** The handle of the highest count that got it last, or -1. */
  get last(): number {
    return this.#list.last(queue);
  }

  after(handle: number): number {
    return this.#list.after(handle);
  }

  before(handle: number): number {
    return this.#list.before(handle);
  }

  /** Of a handle that is in, or was until it was removed just before. */
  countOf(handle: number): number {
    return this.#counts[this.#bucketOf[handle]!]!;
  }

  /** Takes in a handle that is not in; buckets of lower counts are passed one by one. */
  insert(handle: number, count: number): void {
    if (handle >= this.#bucketOf.length) this.#growHandles(handle + 1);
    let bucket = top;
    for (let next = this.#higher[top]!; next !== top && this.#counts[next]! <= count; ) {
      bucket = next;
      next = this.#higher[next]!;
    }
    if (bucket === top || this.#counts[bucket] !== count) bucket = this.#bucketAbove(bucket, count);
    this.#join(bucket, handle);
  }

  /** Counts one more for a handle that is in. */
  increment(handle: number): void {
    const bucket = this.#bucketOf[handle]!;
    const count = this.#counts[bucket]! + 1;
    const next = this.#higher[bucket]!;
    const isNext = next !== top && this.#counts[next] === count;
    // Alone, with no neighbour to join: its place stays, and its bucket counts on.
    if (this.#sizes[bucket] === 1 && !isNext) {
      this.#counts[bucket] = count;
      return;
    }
    const joined = isNext ? next : this.#bucketAbove(bucket, count);
    this.#leave(bucket, handle);
    this.#join(joined, handle);
  }

  /** Takes out a handle that is in. */
  remove(handle: number): void {
    this.#leave(this.#bucketOf[handle]!, handle);
  }

  /** A handle goes behind the last of its bucket, and behind that of the next lower one where it is the first. */
  #join(bucket: number, handle: number): void {
    const last = this.#sizes[bucket] === 0 ? this.#lasts[this.#lower[bucket]!]! : this.#lasts[bucket]!;
    this.#list.insertAfter(queue, handle, last);
    this.#bucketOf[handle] = bucket;
    this.#lasts[bucket] = handle;
    this.#sizes[bucket]! += 1;
  }

  #leave(bucket: number, handle: number): void {
    this.#sizes[bucket]! -= 1;
    if (this.#lasts[bucket] === handle) this.#lasts[bucket] = this.#list.before(handle);
    this.#list.remove(queue, handle);
    if (this.#sizes[bucket] === 0) this.#dropBucket(bucket);
  }

  #bucketAbove(bucket: number, count: number): number {
    const made = this.#takeBucket();
    const next = this.#higher[bucket]!;
    this.#counts[made] = count;
    this.#sizes[made] = 0;
    this.#lower[made] = bucket;
    this.#higher[made] = next;
    this.#higher[bucket] = made;
    this.#lower[next] = made;
    return made;
  }

  #dropBucket(bucket: number): void {
    const [lower, higher] = [this.#lower[bucket]!, this.#higher[bucket]!];
    this.#higher[lower] = higher;
    this.#lower[higher] = lower;
    this.#higher[bucket] = this.#freeBucket;
    this.#freeBucket = bucket;
  }

  #takeBucket(): number {
    const bucket = this.#freeBucket;
    if (bucket !== 0) {
      this.#freeBucket = this.#higher[bucket]!;
      return bucket;
    }
    if (this.#usedBuckets === this.#counts.length) this.#growBuckets();
    this.#usedBuckets += 1;
    return this.#usedBuckets - 1;
  }

  #growHandles(least: number): void {
    const length = grownLength(this.#bucketOf.length, least, this.#capacity);
    this.#bucketOf = copied(this.#bucketOf, new Int32Array(length));
  }

  #growBuckets(): void {
    const length = 2 * this.#counts.length;
    this.#counts = copied(this.#counts, new Float64Array(length));
    this.#lasts = copied(this.#lasts, new Int32Array(length));
    this.#sizes = copied(this.#sizes, new Int32Array(length));
    this.#higher = copied(this.#higher, new Int32Array(length));
    this.#lower = copied(this.#lower, new Int32Array(length));
  }
}
