type Numbers = Uint8Array | Uint32Array | Float64Array;

interface NumbersType<T extends Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (memory: SharedArrayBuffer): T;
}

const firstLength = 1024;

/** A typed array that grows at its end. */
export class Growing<T extends Numbers> {
  readonly #type: NumbersType<T>;
  #values: T;
  #length = 0;

  constructor(type: NumbersType<T>) {
    this.#type = type;
    this.#values = new type(firstLength);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const values = new this.#type(2 * this.#length);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** What was pushed; valid until the next push. */
  view(): Numbers {
    return this.#values.subarray(0, this.#length);
  }

  /** A copy in memory that threads share. */
  shared(): T {
    const copy = shared(this.#type, this.#length);
    copy.set(this.view());
    return copy;
  }
}

/** An array of zeros in memory that threads share. */
export function shared<T extends Numbers>(type: NumbersType<T>, length: number): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}
