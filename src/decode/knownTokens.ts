import { type BlockKey, nextBlockKey } from '../core/blockKey.js';

/** The tokens of a sequence known so far, and the keys of their whole blocks. */
export class KnownTokens {
  readonly #root: BlockKey;
  readonly #blockTokens: number;
  readonly #tokens: number[] = [];
  readonly #keys: BlockKey[] = [];

  constructor(root: BlockKey, blockTokens: number, tokens: readonly number[]) {
    this.#root = root;
    this.#blockTokens = blockTokens;
    for (const token of tokens) this.push(token);
  }

  get length(): number {
    return this.#tokens.length;
  }

  get keys(): readonly BlockKey[] {
    return this.#keys;
  }

  /** Whole blocks that may be reused: at least one token is always computed, since its logits are wanted. */
  get reusableBlocks(): number {
    return Math.floor((this.#tokens.length - 1) / this.#blockTokens);
  }

  at(index: number): number | undefined {
    return this.#tokens[index];
  }

  slice(from: number, to: number): number[] {
    return this.#tokens.slice(from, to);
  }

  push(token: number): void {
    this.#tokens.push(token);
    if (this.#tokens.length % this.#blockTokens !== 0) return;
    const block = this.#tokens.slice(-this.#blockTokens);
    this.#keys.push(nextBlockKey(this.#keys.at(-1) ?? this.#root, block));
  }
}
