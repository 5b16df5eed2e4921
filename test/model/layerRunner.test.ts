import { describe, expect, it } from 'vitest';
import { RopeTable } from '../../src/model/ropeTable.js';
import { argmax, LocalModel } from '../support/localModel.js';
import { writeCheckpoint } from '../support/writeCheckpoint.js';

const tokens = Array.from({ length: 40 }, (_, index) => (index * 53) % 256);

async function logitsOf(folder: string, prompt: readonly number[] = tokens): Promise<Float32Array> {
  const model = await LocalModel.open({ folder, blockTokens: 16, tokensMax: 64 });
  const logits = await model.prefill(prompt);
  await model.close();
  return logits;
}

describe('LayerRunner', () => {
  it('refuses a token outside the vocabulary and a step across blocks', async () => {
    const model = await LocalModel.open({ folder: writeCheckpoint(), blockTokens: 16, tokensMax: 64 });
    await expect(model.step([256], 'logits')).rejects.toThrow('token 256 is outside the vocabulary of 256');
    await expect(model.step(tokens.slice(0, 17), 'logits')).rejects.toThrow('crosses a block');
    await expect(model.step([], 'logits')).rejects.toThrow('at least one token');
    await model.close();
  });

  it('computes one token of a fresh sequence', async () => {
    const logits = await logitsOf(writeCheckpoint(), [7]);
    expect(logits).toHaveLength(256);
    expect(logits.every(Number.isFinite)).toBe(true);
  });

  it('a window as long as the text changes nothing, a shorter one does', async () => {
    const mistral = (sliding_window: number | null) =>
      logitsOf(
        writeCheckpoint({ config: { model_type: 'mistral', architectures: undefined, sliding_window } }),
      );
    const full = await mistral(null);
    expect(await mistral(tokens.length)).toEqual(full);
    expect(await mistral(tokens.length - 1)).not.toEqual(full);
  });

  it('RoPE, its scaling and layers without it matter', async () => {
    const smol = (config: Record<string, unknown>) =>
      logitsOf(writeCheckpoint({ config: { model_type: 'smollm3', architectures: undefined, ...config } }));
    const all = await smol({ no_rope_layers: [1, 1] });
    const mixed = await smol({ no_rope_layers: [1, 0] });
    const scaled = await smol({ no_rope_layers: [1, 1], rope_scaling: { type: 'linear', factor: 2 } });
    expect(mixed).not.toEqual(all);
    expect(scaled).not.toEqual(all);
  });

  it('biases are added', async () => {
    const config = { attention_bias: true, mlp_bias: true };
    const withBias = writeCheckpoint({ config });
    const zeroed = writeCheckpoint({
      config,
      edit: (tensors) =>
        tensors.map((tensor) =>
          tensor.name.endsWith('bias') ? { ...tensor, bytes: Buffer.alloc(tensor.bytes.byteLength) } : tensor,
        ),
    });
    const without = writeCheckpoint({
      config,
      edit: (tensors) => tensors.filter(({ name }) => !name.endsWith('bias')),
    });
    await expect(logitsOf(without)).rejects.toThrow('bias is missing');
    expect(await logitsOf(withBias)).not.toEqual(await logitsOf(zeroed));
  });

  it('computes the same from f32, f16 and bf16 weights, up to their rounding', async () => {
    const exact = await logitsOf(writeCheckpoint());
    for (const dtype of ['F16', 'BF16'] as const) {
      const rounded = await logitsOf(writeCheckpoint({ dtype }));
      const worst = Math.max(...exact.map((value, index) => Math.abs(value - (rounded[index] ?? 0))));
      expect(worst).toBeLessThan(dtype === 'F16' ? 0.05 : 0.5);
      expect(worst).toBeGreaterThan(0);
    }
  });

  it('pages in f16 stay near those in f32', async () => {
    const folder = writeCheckpoint();
    const exact = await logitsOf(folder);
    const model = await LocalModel.open({ folder, blockTokens: 16, tokensMax: 64, dtype: 'f16' });
    const half = await model.prefill(tokens);
    await model.close();
    expect(argmax(half)).toBe(argmax(exact));
    expect(Math.max(...exact.map((value, i) => Math.abs(value - (half[i] ?? 0))))).toBeLessThan(0.05);
  });
});

describe('RopeTable', () => {
  const angles = (
    scaling: ConstructorParameters<typeof RopeTable>[0]['scaling'],
    position: number,
  ): number[] => {
    const { cos, sin } = new RopeTable({ theta: 10_000, scaling }, 8).rotations([position], 1);
    return Array.from(cos, (value, index) => Math.atan2(sin[index] ?? 0, value));
  };

  it('turns pair i by position / theta^(2i / headDim)', () => {
    const expected = [3, 3 / 10, 3 / 100, 3 / 1000];
    angles({ kind: 'default' }, 3).forEach((angle, i) => {
      expect(angle).toBeCloseTo(expected[i] ?? 0, 6);
    });
    angles({ kind: 'linear', factor: 2 }, 3).forEach((angle, i) => {
      expect(angle).toBeCloseTo((expected[i] ?? 0) / 2, 6);
    });
  });

  it('llama3 leaves fast waves, stretches slow ones and blends between', () => {
    const scaling = {
      kind: 'llama3',
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalMaxPositions: 100,
    } as const;
    const [fast = 0, between = 0, slow = 0] = angles(scaling, 1);
    expect(fast).toBeCloseTo(1, 6);
    const smooth = (100 / (20 * Math.PI) - 1) / 3;
    expect(between).toBeCloseTo(((1 - smooth) * 0.1) / 8 + smooth * 0.1, 6);
    expect(slow).toBeCloseTo(0.01 / 8, 7);
  });
});
