type TypedArray = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/** @returns `to`, which begins with all values of `from` from now on. */
export function copied<A extends TypedArray>(from: TypedArray, to: A): A {
  to.set(from);
  return to;
}
