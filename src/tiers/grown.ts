interface Column<T> {
  readonly length: number;
  set(from: T): void;
}

/** The column itself when `index` fits in it, else a copy of at least twice its length, filled with zeros. */
export function grown<T extends Column<T>>(column: T, index: number, create: (length: number) => T): T {
  if (index < column.length) return column;
  const larger = create(Math.max(index + 1, 2 * column.length));
  larger.set(column);
  return larger;
}

export const int32Column = (length: number): Int32Array<ArrayBuffer> => new Int32Array(length);
export const uint8Column = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length);
export const int16Column = (length: number): Int16Array<ArrayBuffer> => new Int16Array(length);
