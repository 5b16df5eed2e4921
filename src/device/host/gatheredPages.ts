import { Tensor } from 'onnxruntime-node';
import { dtypeBytes } from '../../core/geometry.js';
import type { PagePlanes } from '../pagePlanes.js';
import type { AttentionShape } from './attentionGraph.js';
import type { PageTensors } from './pageTensors.js';

/**
 * The beginnings of several growing pages one behind the other, wherever their slots are: one kernel call for
 * many pages costs less than the copies. Rows that are not copied are zero, as they are in the pages.
 */
export class GatheredPages {
  readonly #shape: AttentionShape;
  readonly #planes: PagePlanes;
  readonly #rowBytes: number;
  #k = new Uint8Array(0);
  #v = new Uint8Array(0);
  /** By place: the row behind the last one that was copied there. */
  #ends = new Int32Array(0);

  constructor(shape: AttentionShape, planes: PagePlanes) {
    this.#shape = shape;
    this.#planes = planes;
    this.#rowBytes = shape.headDim * dtypeBytes(shape.dtype);
  }

  /**
   * @param rows of each slot's page that hold tokens.
   * @returns `[slots][kvHeads][blockTokens][headDim]`, good until the next call.
   */
  gather(slots: readonly number[], rows: readonly number[]): PageTensors {
    this.#grow(slots.length);
    for (const [place, slot] of slots.entries()) {
      const page = this.#planes.page(slot);
      const end = rows[place]!;
      this.#copy(page.k, this.#k, place, end);
      this.#copy(page.v, this.#v, place, end);
      this.#ends[place] = end;
    }
    return { k: this.#tensor(this.#k, slots.length), v: this.#tensor(this.#v, slots.length) };
  }

  #grow(count: number): void {
    if (this.#ends.length >= count) return;
    const bytes = count * this.#planes.halfBytes;
    this.#k = new Uint8Array(bytes);
    this.#v = new Uint8Array(bytes);
    this.#ends = new Int32Array(count);
  }

  #copy(from: Uint8Array, to: Uint8Array, place: number, end: number): void {
    const { kvHeads, blockTokens } = this.#shape;
    const headBytes = blockTokens * this.#rowBytes;
    const stale = this.#ends[place]!;
    for (let head = 0; head < kvHeads; head += 1) {
      const at = (place * kvHeads + head) * headBytes;
      to.set(from.subarray(head * headBytes, head * headBytes + end * this.#rowBytes), at);
      if (stale > end) to.fill(0, at + end * this.#rowBytes, at + stale * this.#rowBytes);
    }
  }

  #tensor(bytes: Uint8Array, count: number): Tensor {
    const { kvHeads, blockTokens, headDim, dtype } = this.#shape;
    const dimensions = [count, kvHeads, blockTokens, headDim];
    const length = count * kvHeads * blockTokens * headDim;
    if (dtype === 'f32') return new Tensor('float32', new Float32Array(bytes.buffer, 0, length), dimensions);
    return new Tensor('float16', new Uint16Array(bytes.buffer, 0, length), dimensions);
  }
}
