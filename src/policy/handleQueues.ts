import { copied } from './copied.js';
import { grownLength } from './growth.js';

const initialHandles = 256;

/**
 * Doubly linked queues of dense handles over one typed array: a handle is in one of them at most, and takes 8
 * bytes. Every operation is O(1) and allocates nothing but when a handle beyond the length comes. Where there
 * is no handle the answer is a negative number.
 */
export class HandleQueues {
  readonly #queues: number;
  readonly #capacity: number;
  readonly #sizes: Int32Array;
  /**
   * Pairs of next and previous, side by side because they are read together. Queue q has its sentinel at pair q,
   * handle h lies at pair h + queues; a next of -1 means: in none.
   */
  #links: Int32Array;

  /**
   * @param queues how many there are, numbered from 0
   * @param capacity handles that are expected; more may come
   */
  constructor(queues: number, capacity = Number.POSITIVE_INFINITY) {
    this.#queues = queues;
    this.#capacity = capacity;
    this.#sizes = new Int32Array(queues);
    this.#links = new Int32Array(2 * (queues + Math.min(initialHandles, capacity))).fill(-1);
    for (let queue = 0; queue < queues; queue += 1) {
      this.#links[2 * queue] = queue;
      this.#links[2 * queue + 1] = queue;
    }
  }

  size(queue: number): number {
    return this.#sizes[queue]!;
  }

  /** Whether the handle is in any queue. */
  has(handle: number): boolean {
    const at = 2 * (handle + this.#queues);
    return at < this.#links.length && this.#links[at] !== -1;
  }

  first(queue: number): number {
    return this.#links[2 * queue]! - this.#queues;
  }

  last(queue: number): number {
    return this.#links[2 * queue + 1]! - this.#queues;
  }

  /** The handle behind one that is in. */
  after(handle: number): number {
    return this.#links[2 * (handle + this.#queues)]! - this.#queues;
  }

  /** The handle before one that is in. */
  before(handle: number): number {
    return this.#links[2 * (handle + this.#queues) + 1]! - this.#queues;
  }

  /** Puts a handle that is in no queue at the back of one. */
  pushBack(queue: number, handle: number): void {
    this.#link(handle + this.#queues, this.#links[2 * queue + 1]!);
    this.#sizes[queue]! += 1;
  }

  /** Puts a handle that is in no queue behind another of this queue, or at its front where `other` is negative. */
  insertAfter(queue: number, handle: number, other: number): void {
    this.#link(handle + this.#queues, other < 0 ? queue : other + this.#queues);
    this.#sizes[queue]! += 1;
  }

  /** Takes a handle out of the queue that it is in. */
  remove(queue: number, handle: number): void {
    this.#unlink(2 * (handle + this.#queues));
    this.#sizes[queue]! -= 1;
  }

  /** Takes a handle from the queue that it is in to the back of another, or of the same. */
  moveBack(from: number, to: number, handle: number): void {
    this.remove(from, handle);
    this.pushBack(to, handle);
  }

  /** Sends the front to the back, by moving the sentinel. */
  rotate(queue: number): void {
    const links = this.#links;
    const first = links[2 * queue]!;
    const second = links[2 * first]!;
    // Empty, or one alone.
    if (second === queue) return;
    const last = links[2 * queue + 1]!;
    links[2 * last] = first;
    links[2 * first + 1] = last;
    links[2 * first] = queue;
    links[2 * queue + 1] = first;
    links[2 * queue] = second;
    links[2 * second + 1] = queue;
  }

  /** The handle nearest to the front of a queue that is not protected. */
  firstUnprotected(queue: number, isProtected: (handle: number) => boolean): number {
    let handle = this.first(queue);
    while (handle >= 0 && isProtected(handle)) handle = this.after(handle);
    return handle;
  }

  /** Whether at least `count` handles of all queues together are not protected. */
  hasUnprotected(count: number, isProtected: (handle: number) => boolean): boolean {
    let left = count;
    for (let queue = 0; queue < this.#queues; queue += 1) {
      for (let handle = this.first(queue); handle >= 0 && left > 0; handle = this.after(handle)) {
        if (!isProtected(handle)) left -= 1;
      }
    }
    return left <= 0;
  }

  #link(at: number, previous: number): void {
    if (2 * at >= this.#links.length) this.#grow(at + 1);
    const links = this.#links;
    const next = links[2 * previous]!;
    links[2 * previous] = at;
    links[2 * next + 1] = at;
    links[2 * at] = next;
    links[2 * at + 1] = previous;
  }

  #unlink(pair: number): void {
    const links = this.#links;
    const next = links[pair]!;
    const previous = links[pair + 1]!;
    links[2 * previous] = next;
    links[2 * next + 1] = previous;
    links[pair] = -1;
  }

  #grow(least: number): void {
    const pairs = grownLength(this.#links.length / 2, least, this.#queues + this.#capacity);
    this.#links = copied(this.#links, new Int32Array(2 * pairs).fill(-1));
  }
}
