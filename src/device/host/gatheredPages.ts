import { Tensor } from 'onnxruntime-node';
import { dtypeBytes } from '../../core/geometry.js';
import type { PagePlanes } from '../pagePlanes.js';
import type { AttentionShape } from './attentionGraph.js';
import type { PageTensors } from './pageTensors.js';

/** Rows `from` up to `to` of the page in a slot. */
export interface PageRows {
  readonly slot: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Parts of several pages one behind the other, wherever their slots are: one kernel call for many pages costs
 * less than the copies. Rows that are not copied are zero: hidden ones count for nothing, whatever they hold.
 */
export class GatheredPages {
  readonly #shape: AttentionShape;
  readonly #planes: PagePlanes;
  readonly #rowBytes: number;
  #k = new Uint8Array(0);
  #v = new Uint8Array(0);
  /** By place: which rows were copied there last. */
  #copied: { readonly from: number; readonly to: number }[] = [];

  constructor(shape: AttentionShape, planes: PagePlanes) {
    this.#shape = shape;
    this.#planes = planes;
    this.#rowBytes = shape.headDim * dtypeBytes(shape.dtype);
  }

  /** @returns `[pages][kvHeads][blockTokens][headDim]`, good until the next call. */
  gather(pages: readonly PageRows[]): PageTensors {
    this.#grow(pages.length);
    for (const [place, rows] of pages.entries()) {
      const page = this.#planes.page(rows.slot);
      this.#copy(page.k, this.#k, place, rows);
      this.#copy(page.v, this.#v, place, rows);
      this.#copied[place] = rows;
    }
    return { k: this.#tensor(this.#k, pages.length), v: this.#tensor(this.#v, pages.length) };
  }

  #grow(count: number): void {
    if (this.#copied.length >= count) return;
    const bytes = count * this.#planes.halfBytes;
    this.#k = new Uint8Array(bytes);
    this.#v = new Uint8Array(bytes);
    this.#copied = Array.from({ length: count }, () => ({ from: 0, to: 0 }));
  }

  #copy(page: Uint8Array, into: Uint8Array, place: number, { from, to }: PageRows): void {
    const { kvHeads, blockTokens } = this.#shape;
    const rowBytes = this.#rowBytes;
    const stale = this.#copied[place]!;
    for (let head = 0; head < kvHeads; head += 1) {
      const source = head * blockTokens * rowBytes;
      const at = (place * kvHeads + head) * blockTokens * rowBytes;
      into.fill(0, at + stale.from * rowBytes, at + Math.min(stale.to, from) * rowBytes);
      into.fill(0, at + Math.max(stale.from, to) * rowBytes, at + stale.to * rowBytes);
      into.set(page.subarray(source + from * rowBytes, source + to * rowBytes), at + from * rowBytes);
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
