import { type BlockKey, nextBlockKey, type Sealing } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';

/** The keys of a sequence's whole blocks, and the tokens behind them. */
export class TokenChain {
  readonly #root: BlockKey;
  readonly #blockTokens: number;
  readonly #keys: BlockKey[];
  readonly #sealing: Sealing | null;
  #tail: number[] = [];

  /** @param keys of blocks that are there already. */
  constructor(
    root: BlockKey,
    blockTokens: number,
    keys: readonly BlockKey[],
    sealing: Sealing | null = null,
  ) {
    this.#sealing = sealing;
    this.#root = root;
    this.#blockTokens = blockTokens;
    this.#keys = [...keys];
  }

  get length(): number {
    return this.#keys.length * this.#blockTokens + this.#tail.length;
  }

  get keys(): readonly BlockKey[] {
    return this.#keys;
  }

  push(tokens: ArrayLike<number>): void {
    for (let at = 0; at < tokens.length; at += 1) {
      this.#tail.push(tokens[at]!);
      if (this.#tail.length < this.#blockTokens) continue;
      this.#keys.push(nextBlockKey(this.#keys.at(-1) ?? this.#root, this.#tail, this.#sealing));
      this.#tail = [];
    }
  }

  /** Back to the first `tokens` tokens. @throws KvError `invalid` when some of the rest lie in whole blocks. */
  truncate(tokens: number): void {
    const sealed = this.#keys.length * this.#blockTokens;
    if (tokens > this.length) {
      throw new KvError(
        'invalid',
        `cannot go back to ${tokens} tokens: the session has ${this.length} that were appended`,
      );
    }
    if (tokens < sealed) {
      throw new KvError(
        'invalid',
        `cannot go back to ${tokens} tokens: the first ${sealed} lie in sealed blocks, which others may share; ` +
          'open another session with the tokens that stay',
      );
    }
    this.#tail.length = tokens - sealed;
  }
}
