/** The values of all 65,536 half-precision floats, by their bits; made when first asked for. */
let table: Float32Array | null = null;

export function halfFloats(): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfFloat(bits));
  return table;
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
