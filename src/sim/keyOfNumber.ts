import { mix32 } from '../core/mix32.js';

/** 64 bits for a number below 2^32: different ones for different numbers, since `low` alone tells them apart. */
export function keyOfNumber(number: number): { readonly low: number; readonly high: number } {
  const low = mix32(number ^ 0x9e3779b9);
  return { low, high: mix32(low ^ 0x27d4eb2f) };
}
