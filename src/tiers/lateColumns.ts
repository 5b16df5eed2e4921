import { grown } from './grown.js';

interface Column<T> {
  readonly length: number;
  [index: number]: number;
  set(from: T): void;
}

/** Whose columns they are. */
export interface ColumnHandles {
  /** Every handle in use is below this. */
  end(): number;
  isUsed(handle: number): boolean;
}

/**
 * Columns of what can be told of a handle at any time. One takes no memory until a policy reads it; from then on
 * it is written for each handle before the policy hears of that.
 */
export class LateColumns {
  readonly #handles: ColumnHandles;
  readonly #written: ((handle: number) => void)[] = [];

  constructor(handles: ColumnHandles) {
    this.#handles = handles;
  }

  /** @returns how to read it. */
  column<T extends Column<T>>(create: (length: number) => T, tellOf: (handle: number) => number): () => T {
    let column: T | null = null;
    const write = (handle: number): void => {
      column = grown(column ?? create(0), handle, create);
      column[handle] = tellOf(handle);
    };
    return () => {
      if (column !== null) return column;
      column = create(Math.max(64, this.#handles.end()));
      for (let handle = 0; handle < this.#handles.end(); handle += 1)
        if (this.#handles.isUsed(handle)) write(handle);
      this.#written.push(write);
      return column;
    };
  }

  write(handle: number): void {
    for (const write of this.#written) write(handle);
  }
}
