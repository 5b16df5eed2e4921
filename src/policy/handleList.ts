import { HandleQueues } from './handleQueues.js';

/**
 * A doubly linked list of dense handles over typed arrays: every operation is O(1) and allocates nothing
 * but when a handle beyond the capacity comes. A handle is in the list at most once.
 */
export class HandleList {
  readonly #queue: HandleQueues;

  /** @param capacity handles that are expected; more may come. */
  constructor(capacity?: number) {
    this.#queue = new HandleQueues(1, capacity);
  }

  get size(): number {
    return this.#queue.size(0);
  }

  has(handle: number): boolean {
    return this.#queue.has(handle);
  }

  /** The handle at the front, or -1. */
  get first(): number {
    return this.#queue.first(0);
  }

  /** The handle at the back, or -1. */
  get last(): number {
    return this.#queue.last(0);
  }

  /** The handle behind one that is in the list, or -1. */
  after(handle: number): number {
    return this.#queue.after(handle);
  }

  /** The handle before one that is in the list, or -1. */
  before(handle: number): number {
    return this.#queue.before(handle);
  }

  /** Puts the handle at the back, wherever it was before. */
  pushBack(handle: number): void {
    this.remove(handle);
    this.#queue.pushBack(0, handle);
  }

  /** Takes the handle out; nothing happens when it is not in. */
  remove(handle: number): void {
    if (this.#queue.has(handle)) this.#queue.remove(0, handle);
  }
}
