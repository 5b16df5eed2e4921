/** The least normal float32: scales below it would be coarser than they say. */
const leastNormal = 2 ** -126;
const greatest = (2 - 2 ** -23) * 2 ** 127;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The step between two neighbouring values of a group of float32 whose largest magnitude is `largest`, when
 * they are stored as whole numbers from -levels to levels. It has 16 significant bits, rounded up: so each
 * multiple of it is a float32, the largest value becomes `levels`, and what was decoded gets the same step
 * again. 0 where all values are below `levels` · 2^-126. NaN where a value is not finite.
 * @param levels 7 or 127.
 */
export function groupScale(largest: number, levels: number): number {
  if (!Number.isFinite(largest)) return Number.NaN;
  if (largest < levels * leastNormal) return 0;
  float[0] = largest / levels;
  const trimmed = bits[0]! & ~0xff;
  if (trimmed === bits[0]!) return float[0];
  bits[0] = trimmed + 0x100;
  if (levels * float[0] > greatest) bits[0] = trimmed;
  return float[0];
}
