import type { RopeConfig } from './modelConfig.js';

/** Rotations of consecutive positions: cosines and sines, `[positions][headDim / 2]` each. */
export interface Rotations {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * Computes rotations. Every intermediate is rounded to float32 where transformers rounds it: at position
 * 100,000 the angle's rounding alone is worth 4e-3 radians.
 */
export class RopeTable {
  readonly #frequencies: Float32Array;

  constructor(rope: RopeConfig, headDim: number) {
    this.#frequencies = scaledFrequencies(rope, headDim);
  }

  /** Rotations of the positions, then the last one again up to `rows` rows. */
  rotations(positions: readonly number[], rows: number): Rotations {
    const half = this.#frequencies.length;
    const cos = new Float32Array(rows * half);
    const sin = new Float32Array(rows * half);
    for (let row = 0; row < rows; row += 1) {
      const position = positions[Math.min(row, positions.length - 1)]!;
      for (let i = 0; i < half; i += 1) {
        const angle = Math.fround(position * this.#frequencies[i]!);
        cos[row * half + i] = Math.cos(angle);
        sin[row * half + i] = Math.sin(angle);
      }
    }
    return { cos, sin };
  }
}

function scaledFrequencies({ theta, scaling }: RopeConfig, headDim: number): Float32Array {
  const frequencies = Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const exponent = Math.fround((2 * i) / headDim);
    return 1 / Math.fround(theta ** exponent);
  });
  switch (scaling.kind) {
    case 'default':
      return frequencies;
    case 'linear':
      return frequencies.map((frequency) => frequency / scaling.factor);
    case 'llama3':
      return frequencies.map((frequency) => llama3Frequency(frequency, scaling));
  }
}

/** Slow waves are stretched, fast ones are left, those between are blended. */
function llama3Frequency(
  frequency: number,
  scaling: Extract<RopeConfig['scaling'], { kind: 'llama3' }>,
): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  const wavelength = Math.fround((2 * Math.PI) / frequency);
  if (wavelength > originalMaxPositions / lowFreqFactor) return frequency / factor;
  if (wavelength < originalMaxPositions / highFreqFactor) return frequency;
  const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}
