/** 32 bits of a 64-bit key, signed; the halves are mixed one after the other, for they may be related. */
export function keyHash(low: number, high: number): number {
  let hash = Math.imul(low ^ (low >>> 16), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ high, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
