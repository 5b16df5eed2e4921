/** Every bit of a 32-bit number depends on every other one afterwards, and no two become the same. */
export function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** 64 bits for a number below 2^32: different ones for different numbers, since `low` alone tells them apart. */
export function keyOfNumber(number: number): { readonly low: number; readonly high: number } {
  const low = mix32(number ^ 0x9e3779b9);
  return { low, high: mix32(low ^ 0x27d4eb2f) };
}
