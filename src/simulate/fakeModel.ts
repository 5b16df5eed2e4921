import type { Geometry } from '../core/geometry.js';

export const fakeVocabulary = 64;
/** Floats a token that stages hand on: the low and the high half of a uint32. */
export const fakeHidden = 2;

/** A well mixed uint32 out of numbers: murmur3's finaliser over each. */
export function mix(...values: readonly number[]): number {
  let hash = 0x9747b28c;
  for (const value of values) {
    hash = Math.imul(hash ^ value, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

export function fakeLogits(state: number): Float32Array {
  return Float32Array.from({ length: fakeVocabulary }, (_, id) => mix(state, id) % 1000);
}

/**
 * The fake transformer without any cache: integers in place of vectors, a sum in place of attention, so
 * that one wrong, missing or repeated key changes the answer. The logits after the last token.
 */
export function fakeReference(geometry: Geometry, tokens: readonly number[]): Float32Array {
  let states = tokens.map((token) => mix(token));
  geometry.layers.forEach((attention, layer) => {
    const keys = states.map((state, position) => mix(layer, position, state));
    states = states.map((state, position) => {
      const oldest = attention.kind === 'full' ? 0 : Math.max(0, position - attention.window + 1);
      let sum = 0;
      for (let key = oldest; key <= position; key += 1) sum = (sum + keys[key]!) >>> 0;
      return mix(state, sum);
    });
  });
  return fakeLogits(states.at(-1)!);
}
