import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { SequenceId } from '../core/plan.js';
import type { Sequences } from './sequences.js';

export interface SequenceNewsOptions {
  /** Blocks that the coordinator knows of from the start. */
  readonly toldBlocks: number;
  /** Blocks in one message. */
  readonly keysMax: number;
  readonly blockTokens: number;
}

/**
 * Tells the coordinator which blocks a sequence has, while others go on: one call at a time, what gathers meanwhile
 * goes together. Nothing depends on it but what the coordinator knows of the sequence.
 */
export class SequenceNews {
  readonly #sequences: Pick<Sequences, 'extend' | 'truncate'>;
  readonly #sequence: SequenceId;
  readonly #options: SequenceNewsOptions;
  #toldBlocks: number;
  /** Further back than what was told, where the sequence was cut. */
  #cutBlocks: number | null = null;
  #keys: readonly BlockKey[] = [];
  #tokens = 0;
  #telling: Promise<void> | null = null;
  #error: KvError | null = null;

  constructor(
    sequences: Pick<Sequences, 'extend' | 'truncate'>,
    sequence: SequenceId,
    options: SequenceNewsOptions,
  ) {
    this.#sequences = sequences;
    this.#sequence = sequence;
    this.#options = options;
    this.#toldBlocks = options.toldBlocks;
  }

  /** Why something could not be told; then no more is. */
  get error(): KvError | null {
    return this.#error;
  }

  /** @param keys of all blocks, a list that grows; the sequence has `tokens` tokens. */
  sealed(keys: readonly BlockKey[], tokens: number): void {
    this.#keys = keys;
    this.#tokens = tokens;
    if (keys.length > this.#toldBlocks) this.#telling ??= this.#tell();
  }

  /** The sequence went back to its first blocks, so many, and goes on with other tokens. */
  truncated(blocks: number): void {
    if (blocks >= this.#toldBlocks || this.#error !== null) return;
    this.#cutBlocks = blocks;
    this.#telling ??= this.#tell();
  }

  /** Waits until all is told. Never rejects. */
  async settle(): Promise<void> {
    await this.#telling;
  }

  async #tell(): Promise<void> {
    try {
      while (this.#cutBlocks !== null || this.#keys.length > this.#toldBlocks) await this.#tellOnce();
    } catch (thrown) {
      this.#error = KvError.from(thrown);
      this.#toldBlocks = Number.POSITIVE_INFINITY;
    }
    this.#telling = null;
  }

  async #tellOnce(): Promise<void> {
    const { blockTokens, keysMax } = this.#options;
    const cut = this.#cutBlocks;
    this.#cutBlocks = null;
    if (cut !== null) {
      this.#toldBlocks = cut;
      await this.#sequences.truncate(this.#sequence, cut * blockTokens);
      return;
    }
    const blocks = this.#keys.slice(this.#toldBlocks, this.#toldBlocks + keysMax);
    this.#toldBlocks += blocks.length;
    await this.#sequences.extend(this.#sequence, blocks, this.#tokens);
  }
}
