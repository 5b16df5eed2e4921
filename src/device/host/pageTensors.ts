import { Tensor } from 'onnxruntime-node';
import type { PagePlanes } from '../pagePlanes.js';
import type { AttentionShape } from './attentionGraph.js';

export interface PageTensors {
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Runs that come back step after step keep their tensors; this many are remembered. */
const rememberedRunsMax = 1024;

/** ONNX Runtime tensors over pages where they lie in the slab, without a copy. */
export class PageTensorCache {
  readonly #planes: PagePlanes;
  readonly #shape: AttentionShape;
  readonly #remembered = new Map<number, PageTensors>();

  constructor(planes: PagePlanes, shape: AttentionShape) {
    this.#planes = planes;
    this.#shape = shape;
  }

  /** K and V of `count` neighbouring slots, `[count][kvHeads][blockTokens][headDim]`. */
  get(slot: number, count: number): PageTensors {
    const key = slot * (this.#planes.slots + 1) + count;
    let tensors = this.#remembered.get(key);
    if (tensors === undefined) {
      if (this.#remembered.size >= rememberedRunsMax) this.#remembered.clear();
      tensors = {
        k: this.#tensor(this.#planes.k(slot, count), count),
        v: this.#tensor(this.#planes.v(slot, count), count),
      };
      this.#remembered.set(key, tensors);
    }
    return tensors;
  }

  #tensor(bytes: Uint8Array, count: number): Tensor {
    const { kvHeads, blockTokens, headDim, dtype } = this.#shape;
    const dimensions = [count, kvHeads, blockTokens, headDim];
    const { buffer, byteOffset, byteLength } = bytes;
    if (dtype === 'f32') {
      return new Tensor('float32', new Float32Array(buffer, byteOffset, byteLength / 4), dimensions);
    }
    return new Tensor('float16', new Uint16Array(buffer, byteOffset, byteLength / 2), dimensions);
  }
}
