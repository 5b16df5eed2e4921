import { type BlockKey, nextBlockKey, type Sealing } from '../core/blockKey.js';

/** The tokens of a sequence known so far, and the keys of their whole blocks. */
export class KnownTokens {
  readonly #root: BlockKey;
  readonly #blockTokens: number;
  readonly #tokens: number[] = [];
  readonly #keys: BlockKey[] = [];
  readonly #keyedTokens: number;
  readonly #sealing: Sealing | null;

  /** @param keyedTokens tokens whose whole blocks have keys: what comes after them is not to be found by any. */
  constructor(
    root: BlockKey,
    blockTokens: number,
    tokens: readonly number[],
    keyedTokens = Number.POSITIVE_INFINITY,
    sealing: Sealing | null = null,
  ) {
    this.#sealing = sealing;
    this.#root = root;
    this.#blockTokens = blockTokens;
    this.#keyedTokens = keyedTokens;
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
    return Math.min(Math.floor((this.#tokens.length - 1) / this.#blockTokens), this.#keyed);
  }

  /** Blocks that can have keys. */
  get #keyed(): number {
    return Math.floor(this.#keyedTokens / this.#blockTokens);
  }

  at(index: number): number | undefined {
    return this.#tokens[index];
  }

  slice(from: number, to: number): number[] {
    return this.#tokens.slice(from, to);
  }

  push(token: number): void {
    this.#tokens.push(token);
    const { length } = this.#tokens;
    if (length % this.#blockTokens !== 0 || length > this.#keyedTokens) return;
    const block = this.#tokens.slice(-this.#blockTokens);
    this.#keys.push(nextBlockKey(this.#keys.at(-1) ?? this.#root, block, this.#sealing));
  }
}
