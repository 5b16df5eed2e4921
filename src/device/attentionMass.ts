import type { PartialSink } from './attentionKernel.js';

/** How much of a layer's attention in one step went to each sealed page that was read here. */
export interface LayerMass {
  readonly layer: number;
  /** How many asked. */
  readonly tokens: number;
  readonly blocks: Int32Array;
  /** The share of all attention, averaged over the rows, times the tokens that asked. */
  readonly mass: Float64Array;
}

/** Weighs pages by the attention that they get: from each page's partial and what all of them merge to. */
export class AttentionMass {
  readonly layers: LayerMass[] = [];
  #blocks: number[] = [];
  #lse: Float32Array[] = [];

  /** A sink that passes everything on to `sink`; `rows` counts over all KV heads. */
  listening(sink: PartialSink, rows: number): PartialSink {
    this.#blocks = [];
    this.#lse = [];
    return (block, o, oStart, lse, lseStart) => {
      this.#blocks.push(block);
      this.#lse.push(lse.slice(lseStart, lseStart + rows));
      sink(block, o, oStart, lse, lseStart);
    };
  }

  /** All of a layer's pages were heard; `total` is the merged lse of each row. */
  finish(layer: number, total: Float32Array, tokens: number): void {
    const mass = Float64Array.from(this.#lse, (lse) => (tokens * shareOf(lse, total)) / total.length);
    this.layers.push({ layer, tokens, blocks: Int32Array.from(this.#blocks), mass });
  }
}

/** Summed over the rows; a row that sees nothing of the page gives it nothing. */
function shareOf(lse: Float32Array, total: Float32Array): number {
  return lse.reduce((sum, own, row) => sum + Math.exp(own - total[row]!), 0);
}
