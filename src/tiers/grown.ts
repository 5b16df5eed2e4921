interface Column<T> {
  readonly length: number;
  set(from: T): void;
}

/** The column itself when `index` fits in it, else a copy that is half as long again at least, filled with zeros. */
export function grown<T extends Column<T>>(column: T, index: number, create: (length: number) => T): T {
  if (index < column.length) return column;
  const larger = create(Math.max(index + 1, column.length + (column.length >> 1)));
  larger.set(column);
  return larger;
}

export const int32Column = (length: number): Int32Array<ArrayBuffer> => new Int32Array(length);
export const uint32Column = (length: number): Uint32Array<ArrayBuffer> => new Uint32Array(length);
export const uint64Column = (length: number): BigUint64Array<ArrayBuffer> => new BigUint64Array(length);
export const float32Column = (length: number): Float32Array<ArrayBuffer> => new Float32Array(length);
export const float64Column = (length: number): Float64Array<ArrayBuffer> => new Float64Array(length);
export const uint8Column = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length);
export const int16Column = (length: number): Int16Array<ArrayBuffer> => new Int16Array(length);
export const uint16Column = (length: number): Uint16Array<ArrayBuffer> => new Uint16Array(length);
