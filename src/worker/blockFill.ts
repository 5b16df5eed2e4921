import { KvError } from '../core/errors.js';
import { type Geometry, halfPageBytes } from '../core/geometry.js';
import { type LayerRange, layerCount } from '../core/layerRange.js';
import type { PageView } from '../core/pageView.js';
import type { AttentionSequence } from './attentionSequence.js';

export interface BlockFillParts {
  readonly sequence: Pick<AttentionSequence, 'takeBlock' | 'seal'>;
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly position: number;
  /** Of whole blocks. */
  readonly tokens: Uint32Array;
  /** Runs `turn` when no other step or change of held pages is under way in this worker. */
  exclusively<T>(turn: () => Promise<T>): Promise<T>;
}

/**
 * Whole blocks whose pages come as bytes: they are written where they will lie, block after block. What
 * fails ends it, but all its bytes are taken before it says so.
 */
export class BlockFill {
  readonly #parts: BlockFillParts;
  readonly #halfBytes: number;
  /** Bytes that are still to come, over all blocks. */
  #dueBytes: number;
  /** Where the halves of the block that grows go, and how far they are. */
  #halves: Uint8Array[] = [];
  #at = 0;
  #blocks = 0;
  #error: KvError | null = null;

  constructor(parts: BlockFillParts) {
    const { geometry, range, tokens } = parts;
    this.#parts = parts;
    this.#halfBytes = halfPageBytes(geometry);
    this.#dueBytes = (tokens.length / geometry.blockTokens) * layerCount(range) * 2 * this.#halfBytes;
  }

  get isDone(): boolean {
    return this.#dueBytes === 0;
  }

  /** Why not all blocks were sealed; null when they were. */
  get error(): KvError | null {
    return this.#error;
  }

  /** For what the caller has found wrong before any bytes came. */
  refuse(error: KvError): void {
    this.#error ??= error;
  }

  /** @throws KvError `invalid` when more bytes come than were announced. */
  async take(data: Uint8Array): Promise<void> {
    if (data.length > this.#dueBytes) {
      throw new KvError('invalid', `${data.length - this.#dueBytes} bytes came beyond the pages of a fill`);
    }
    let from = 0;
    while (from < data.length) {
      if (this.#error === null && this.#halves.length === 0) await this.#begin();
      if (this.#error !== null) {
        this.#dueBytes -= data.length - from;
        return;
      }
      const half = this.#halves[0]!;
      const count = Math.min(data.length - from, half.length - this.#at);
      half.set(data.subarray(from, from + count), this.#at);
      from += count;
      this.#at += count;
      this.#dueBytes -= count;
      if (this.#at < half.length) continue;
      this.#at = 0;
      this.#halves.shift();
      if (this.#halves.length === 0) await this.#seal();
    }
  }

  async #begin(): Promise<void> {
    const { sequence, geometry, position, tokens } = this.#parts;
    const start = this.#blocks * geometry.blockTokens;
    const ids = tokens.slice(start, start + geometry.blockTokens);
    await this.#try(async () => {
      const pages: PageView[] = await sequence.takeBlock(position + start, ids);
      this.#halves = pages.flatMap(({ k, v }) => [k, v]);
    });
  }

  async #seal(): Promise<void> {
    await this.#try(() => this.#parts.sequence.seal());
    this.#blocks += 1;
  }

  async #try(turn: () => Promise<void>): Promise<void> {
    try {
      await this.#parts.exclusively(turn);
    } catch (thrown) {
      this.#error = KvError.from(thrown);
    }
  }
}
