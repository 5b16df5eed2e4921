import { copied } from './copied.js';
import { grownLength } from './growth.js';

const initialLength = 256;

/** One byte a handle, 0 until it is set. */
export class HandleBytes {
  readonly #capacity: number;
  #bytes: Uint8Array;

  /** @param capacity handles that are expected; more may come. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#bytes = new Uint8Array(Math.min(initialLength, capacity));
  }

  /** Of a handle that was set once. */
  get(handle: number): number {
    return this.#bytes[handle]!;
  }

  set(handle: number, value: number): void {
    if (handle >= this.#bytes.length) this.#grow(handle + 1);
    this.#bytes[handle] = value;
  }

  #grow(least: number): void {
    const length = grownLength(this.#bytes.length, least, this.#capacity);
    this.#bytes = copied(this.#bytes, new Uint8Array(length));
  }
}
