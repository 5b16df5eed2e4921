import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { LayerAttention } from '../../src/core/geometry.js';
import type { ModelConfig } from '../../src/model/modelConfig.js';
import { RopeTable } from '../../src/model/ropeTable.js';
import { cacheName } from './baselineGraph.js';
import type { BaselineVariant } from './baselineVariants.js';

type Caches = Record<string, Tensor>;

const halves = ['k', 'v'] as const;

/** One sequence that a baseline graph decodes. Outputs of a step are the inputs of the next, uncopied. */
export class BaselineSequence {
  readonly #session: InferenceSession;
  readonly #config: ModelConfig;
  readonly #variant: BaselineVariant;
  readonly #capacity: number;
  readonly #rope: RopeTable;
  #caches: Caches;
  #position: number;

  /**
   * @param capacity tokens that there will be at most; only in-place buffers need to know.
   * @param filled tokens that are taken to be there, with pseudo-random keys and values: the time of a step
   * does not depend on what they are.
   */
  constructor(
    session: InferenceSession,
    config: ModelConfig,
    variant: BaselineVariant,
    capacity: number,
    filled = 0,
  ) {
    this.#session = session;
    this.#config = config;
    this.#variant = variant;
    this.#capacity = capacity;
    this.#rope = new RopeTable(config.rope, config.headDim);
    this.#position = filled;
    this.#caches = Object.fromEntries(this.#cacheNames().map((cache) => [cache.past, this.#filled(cache)]));
  }

  get tokens(): number {
    return this.#position;
  }

  /** Computes one token and answers the logits after it. */
  async step(token: number): Promise<Float32Array> {
    const { cos, sin } = this.#rope.rotations([this.#position], 1);
    const half = this.#config.headDim / 2;
    const outputs = await this.#session.run(
      {
        token: integer(token),
        cos: new Tensor('float32', cos, [1, half]),
        sin: new Tensor('float32', sin, [1, half]),
        ...this.#lengths(),
        ...this.#caches,
      },
      this.#fetches(),
    );
    const next: Caches = {};
    for (const { past, present, attention } of this.#cacheNames()) {
      const kept = this.#isInPlace(attention) ? this.#caches[past] : outputs[present];
      if (kept === undefined) throw new Error(`the graph gave no ${present}`);
      next[past] = kept;
    }
    this.#caches = next;
    this.#position += 1;
    const logits = outputs.logits?.data;
    if (!(logits instanceof Float32Array)) throw new Error('the graph gave no logits');
    return logits;
  }

  #cacheNames(): { past: string; present: string; attention: LayerAttention; seed: number }[] {
    return this.#config.layers.flatMap((attention, layer) =>
      halves.map((half, at) => ({
        past: cacheName('past', half, layer),
        present: cacheName('present', half, layer),
        attention,
        seed: 2 * layer + at,
      })),
    );
  }

  #isInPlace(attention: LayerAttention): boolean {
    return this.#variant.inPlace && attention.kind === 'full';
  }

  #held(attention: LayerAttention): number {
    return attention.kind === 'window' ? Math.min(this.#position, attention.window - 1) : this.#position;
  }

  #lengths(): Caches {
    if (this.#variant.attention !== 'gqa') return {};
    const window = this.#config.layers.find(({ kind }) => kind === 'window');
    return {
      full_past: integer(this.#position),
      // A graph without window layers has no such input.
      ...(window === undefined ? {} : { window_past: integer(this.#held(window)) }),
    };
  }

  #fetches(): Record<string, Tensor | null> {
    const presents = this.#cacheNames().map(({ past, present, attention }): [string, Tensor | null] => [
      present,
      this.#isInPlace(attention) ? (this.#caches[past] ?? null) : null,
    ]);
    return { logits: null, ...Object.fromEntries(presents) };
  }

  #filled({ attention, seed }: { attention: LayerAttention; seed: number }): Tensor {
    const { kvHeads, headDim } = this.#config;
    const held = this.#held(attention);
    const rows = this.#isInPlace(attention) ? this.#capacity : held;
    const values = new Float32Array(kvHeads * rows * headDim);
    let state = seed + 1;
    for (let head = 0; head < kvHeads; head += 1) {
      for (let at = 0; at < held * headDim; at += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        values[head * rows * headDim + at] = state / 2 ** 31 - 1;
      }
    }
    return new Tensor('float32', values, [1, kvHeads, rows, headDim]);
  }
}

function integer(value: number): Tensor {
  return new Tensor('int64', BigInt64Array.of(BigInt(value)), [1]);
}
