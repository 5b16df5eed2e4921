import { HandleQueues } from './handleQueues.js';
import { KeyTable } from './keyTable.js';

const queue = 0;

/**
 * Ghosts: keys of blocks that are out, the oldest forgotten first, never more than `capacity`. A policy may keep
 * what it knows of a ghost in arrays of its own, by the entry that `push` and `take` tell.
 */
export class GhostQueue {
  readonly #keys: KeyTable;
  readonly #order: HandleQueues;
  #capacity: number;

  constructor(capacity: number) {
    this.#keys = new KeyTable(capacity);
    this.#order = new HandleQueues(1, capacity);
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The entry of a key that is remembered, or -1. */
  find(low: number, high: number): number {
    return this.#keys.find(low, high);
  }

  /** Remembers a key as the newest; its entry, or -1 where none may be remembered. */
  push(low: number, high: number): number {
    this.take(low, high);
    if (this.#capacity <= 0) return -1;
    this.trim(this.#capacity - 1);
    const entry = this.#keys.add(low, high);
    this.#order.pushBack(queue, entry);
    return entry;
  }

  /** Forgets a key; the entry that it had, which stands for nothing else until the next push, or -1. */
  take(low: number, high: number): number {
    const entry = this.#keys.find(low, high);
    if (entry >= 0) this.#forget(entry);
    return entry;
  }

  /** Forgets the oldest until `size` are left. */
  trim(size: number): void {
    while (this.#keys.size > size) this.#forget(this.#order.first(queue));
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.trim(capacity);
  }

  #forget(entry: number): void {
    this.#order.remove(queue, entry);
    this.#keys.delete(entry);
  }
}
