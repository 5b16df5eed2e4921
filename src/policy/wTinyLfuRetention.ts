import { copied } from './copied.js';
import { evictInTurn, type TakeVictim } from './evictInTurn.js';
import { FrequencySketch, sketchHash } from './frequencySketch.js';
import { grownLength } from './growth.js';
import { HandleBytes } from './handleBytes.js';
import { HandleQueues } from './handleQueues.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

const window = 0;
const probation = 1;
const shielded = 2;

const windowShare = 0.01;
/** Of the rest: what is "protected" in the paper, which has another meaning in the port. */
const shieldedShare = 0.8;

/**
 * W-TinyLFU (Einziger, Friedman, Manes: TinyLFU, ACM TOS 2017, as in Caffeine): newcomers enter a window of 1 %
 * in LRU order; the rest is a segmented LRU, 20 % on probation and 80 % for what was used again there. What
 * leaves the window gets a place in the rest only if it came more often lately than the one that would go for
 * it, by a sketch of 4-bit counters that also remembers what is out.
 *
 * The paper puts the newcomer into the window first and then has one entry too many. Here victims are chosen
 * before newcomers come: where the window would overflow if all free places, the victim's among them, were taken
 * by newcomers, its oldest and the oldest on probation are compared at once, the rarer goes (the window's, where
 * they are equal), and the other has a place on probation. Where the window has room, the oldest on probation
 * goes. Protected handles are passed over on both sides. The paper's random admission of candidates
 * that lost is left out: policies know no randomness.
 */
export class WTinyLfuRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #sketch: FrequencySketch;
  /** Of the keys in the sketch, by handle: one read a use, where a key would be two. */
  #hashes = new Uint32Array(0);
  readonly #queues: HandleQueues;
  readonly #queueOf: HandleBytes;
  #capacity = 0;
  #windowRoom = 0;
  #shieldedRoom = 0;
  readonly #take: TakeVictim = (isProtected) => {
    const candidate = this.#queues.firstUnprotected(window, isProtected);
    let rival = this.#queues.firstUnprotected(probation, isProtected);
    if (rival < 0) rival = this.#queues.firstUnprotected(shielded, isProtected);
    const overflows = candidate >= 0 && this.#queues.size(window) + this.#coming > this.#windowRoom;
    const victim = rival < 0 || (overflows && !this.#isRarer(rival, candidate)) ? candidate : rival;
    if (victim < 0) return victim;
    this.remove(victim);
    if (overflows && victim !== candidate) this.#move(candidate, probation);
    return victim;
  };

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#sketch = new FrequencySketch(capacity);
    this.#queues = new HandleQueues(3, capacity);
    this.#queueOf = new HandleBytes(capacity);
    this.resize(capacity);
  }

  insert(handle: number): void {
    const hash = sketchHash(this.#columns, handle);
    if (handle >= this.#hashes.length) this.#growHashes(handle + 1);
    this.#hashes[handle] = hash;
    this.#sketch.add(hash);
    this.#queueOf.set(handle, window);
    this.#queues.pushBack(window, handle);
    this.#spill(window, this.#windowRoom);
  }

  access(handle: number): void {
    this.#sketch.add(this.#hashes[handle]!);
    this.#move(handle, this.#queueOf.get(handle) === window ? window : shielded);
    this.#spill(shielded, this.#shieldedRoom);
  }

  remove(handle: number): void {
    this.#queues.remove(this.#queueOf.get(handle), handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return evictInTurn(this.#queues, this.#take, count, isProtected);
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#sketch.resize(capacity);
    this.#windowRoom = Math.max(1, Math.floor(windowShare * capacity));
    this.#shieldedRoom = Math.floor(shieldedShare * Math.max(0, capacity - this.#windowRoom));
    this.#spill(window, this.#windowRoom);
    this.#spill(shielded, this.#shieldedRoom);
  }

  /** Newcomers that fit once one victim is out. */
  get #coming(): number {
    const held = this.#queues.size(window) + this.#queues.size(probation) + this.#queues.size(shielded);
    return this.#capacity - held + 1;
  }

  #isRarer(handle: number, other: number): boolean {
    return this.#sketch.estimate(this.#hashes[handle]!) < this.#sketch.estimate(this.#hashes[other]!);
  }

  #spill(from: number, room: number): void {
    while (this.#queues.size(from) > room) this.#move(this.#queues.first(from), probation);
  }

  #move(handle: number, to: number): void {
    this.#queues.moveBack(this.#queueOf.get(handle), to, handle);
    this.#queueOf.set(handle, to);
  }

  #growHashes(least: number): void {
    const length = grownLength(this.#hashes.length, least, this.#capacity);
    this.#hashes = copied(this.#hashes, new Uint32Array(length));
  }
}
