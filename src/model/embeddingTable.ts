import { KvError } from '../core/errors.js';
import type { Checkpoint, StoredTensor } from './checkpoint.js';
import { decodeFloats, weightBytes } from './floatDecoding.js';
import { embeddingName } from './modelTensors.js';

/** The token embeddings as they are stored: rows are widened when they are read. */
export class EmbeddingTable {
  readonly #stored: StoredTensor;
  readonly #vocabulary: number;
  readonly #hidden: number;

  constructor(checkpoint: Checkpoint) {
    this.#stored = checkpoint.readStored(embeddingName);
    this.#vocabulary = checkpoint.config.vocabulary;
    this.#hidden = checkpoint.config.hidden;
  }

  /**
   * `[rows][hidden]`: a row a token, then the last one again.
   * @throws KvError `invalid` for a token outside the vocabulary.
   */
  rows(tokens: Uint32Array, rows: number): Float32Array {
    const { dtype, bytes } = this.#stored;
    const rowBytes = this.#hidden * weightBytes(dtype);
    const hidden = new Float32Array(rows * this.#hidden);
    for (let row = 0; row < rows; row += 1) {
      const token = tokens[Math.min(row, tokens.length - 1)] ?? 0;
      if (token >= this.#vocabulary) {
        throw new KvError('invalid', `token ${token} is outside the vocabulary of ${this.#vocabulary}`);
      }
      const stored = bytes.subarray(token * rowBytes, (token + 1) * rowBytes);
      decodeFloats(dtype, stored, hidden.subarray(row * this.#hidden, (row + 1) * this.#hidden));
    }
    return hidden;
  }
}
