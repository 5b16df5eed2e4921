import { KvError } from '../core/errors.js';

/** The dtypes that weights may be stored in. */
export const weightDtypes = ['F32', 'F16', 'BF16'] as const;
export type WeightDtype = (typeof weightDtypes)[number];

export function weightBytes(dtype: WeightDtype): number {
  return dtype === 'F32' ? 4 : 2;
}

/** @throws KvError `unsupported` for a dtype that weights cannot have. */
export function checkWeightDtype(dtype: string, what: string): WeightDtype {
  const known = weightDtypes.find((name) => name === dtype);
  if (known !== undefined) return known;
  throw new KvError(
    'unsupported',
    `${what}: dtype ${dtype} is not supported; use ${weightDtypes.join(', ')}`,
  );
}

/** Widens little-endian floats to float32, exactly. `from` holds as many elements as `to`. */
export function decodeFloats(dtype: WeightDtype, from: Uint8Array, to: Float32Array): void {
  if (dtype === 'F32') {
    new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(from);
    return;
  }
  const aligned = from.byteOffset % 2 === 0 ? from : new Uint8Array(from);
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, to.length);
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  if (dtype === 'BF16') {
    for (let i = 0; i < bits.length; i += 1) bits[i] = halves[i]! << 16;
    return;
  }
  halfTable ??= makeHalfTable();
  for (let i = 0; i < bits.length; i += 1) bits[i] = halfTable[halves[i]!]!;
}

let halfTable: Uint32Array | undefined;

/** The float32 bits of every float16. */
function makeHalfTable(): Uint32Array {
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  return Uint32Array.from({ length: 2 ** 16 }, (_, half) => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
    value[0] = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return (sign | bits[0]!) >>> 0;
  });
}
