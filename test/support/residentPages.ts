import { neededBlocks } from '../../src/core/blockSpan.js';
import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { LayerRange } from '../../src/core/layerRange.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import type { PageRun, PageSource } from '../../src/device/pageSource.js';
import { HeapSlab } from './heapSlab.js';

/** In which order, and in runs of how many, sealed pages are handed out. */
export interface Arrival {
  readonly order: 'ascending' | 'descending' | 'shuffled';
  readonly runMax: number;
}

/** Pages of one sequence that all stay in memory: block b of layer l lies in slot `l * blocks + b` behind the first. */
export class ResidentPages implements PageSource {
  readonly planes: PagePlanes;
  readonly #geometry: Geometry;
  readonly #layers: LayerRange;
  readonly #blocks: number;
  readonly #arrival: Arrival;
  readonly #firstSlot: number;
  readonly #left = new Map<number, number[]>();
  #tailBlock = 0;

  constructor(
    geometry: Geometry,
    layers: LayerRange,
    tokensMax: number,
    arrival: Arrival = { order: 'ascending', runMax: Number.POSITIVE_INFINITY },
    /** Where several sequences have their pages; otherwise they lie in a slab of their own. */
    among?: { readonly planes: PagePlanes; readonly firstSlot: number },
  ) {
    this.#geometry = geometry;
    this.#layers = layers;
    this.#blocks = Math.ceil(tokensMax / geometry.blockTokens);
    this.#arrival = arrival;
    const slots = this.#blocks * (layers.to - layers.from);
    this.#firstSlot = among?.firstSlot ?? 0;
    this.planes =
      among?.planes ?? new PagePlanes(new HeapSlab(slots * 2 * halfPageBytes(geometry)), geometry);
  }

  /** Makes ready for a step of `tokens` tokens at `position`. */
  begin(position: number, tokens: number): void {
    const { blockTokens, layers } = this.#geometry;
    this.#tailBlock = Math.floor(position / blockTokens);
    for (let layer = this.#layers.from; layer < this.#layers.to; layer += 1) {
      const attention = layers[layer] ?? { kind: 'full', rope: true };
      const { first, end } = neededBlocks(attention, blockTokens, position, tokens);
      const blocks = Array.from({ length: end - 1 - first }, (_, index) => first + index);
      this.#left.set(layer, arrange(blocks, this.#arrival.order));
    }
  }

  tailSlot(layer: number): number {
    return this.#slot(layer, this.#tailBlock);
  }

  takeReady(layer: number, block: number): PageRun | null {
    const left = this.#left.get(layer) ?? [];
    const at = left.indexOf(block);
    if (at < 0) return null;
    left.splice(at, 1);
    return { firstSlot: this.#slot(layer, block), blocks: [block] };
  }

  async take(layer: number, maxPages: number): Promise<PageRun | null> {
    const left = this.#left.get(layer) ?? [];
    const first = left.shift();
    if (first === undefined) return null;
    const blocks = [first];
    const most = Math.min(maxPages, this.#arrival.runMax);
    while (blocks.length < most && left[0] === first + blocks.length) blocks.push(left.shift() ?? 0);
    return { firstSlot: this.#slot(layer, first), blocks };
  }

  release(): void {}

  /** A copy of the page's K and V. */
  pageBytes(layer: number, block: number): Buffer {
    const { k, v } = this.planes.page(this.#slot(layer, block));
    return Buffer.concat([k, v]);
  }

  #slot(layer: number, block: number): number {
    return this.#firstSlot + (layer - this.#layers.from) * this.#blocks + block;
  }
}

function arrange(blocks: number[], order: Arrival['order']): number[] {
  if (order === 'descending') return blocks.reverse();
  if (order === 'ascending') return blocks;
  // Any fixed permutation that is neither: by a multiplicative hash.
  return blocks.sort((a, b) => ((a * 2_654_435_761) % 97) - ((b * 2_654_435_761) % 97) || a - b);
}
