import type { Geometry, KvDtype } from '../../src/core/geometry.js';
import { type LayerRange, splitLayers } from '../../src/core/layerRange.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import type { LayerLane } from '../../src/model/layerLane.js';
import { LayerRunner } from '../../src/model/layerRunner.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import type { StepOutput, WantedOutput } from '../../src/model/stepTypes.js';
import { type Arrival, ResidentPages } from './residentPages.js';

export interface LocalModelOptions {
  readonly folder: string;
  readonly tokensMax: number;
  readonly blockTokens?: number;
  readonly dtype?: KvDtype;
  readonly stages?: number;
  readonly threads?: number;
  readonly arrival?: Arrival;
}

interface Stage {
  readonly layers: LayerRange;
  readonly runner: LayerRunner;
  readonly lane: LayerLane;
  readonly pages: ResidentPages;
}

/** A whole model in this process, its pages in memory: what a cluster computes, without the cluster. */
export class LocalModel {
  readonly geometry: Geometry;
  readonly #stages: readonly Stage[];
  #position = 0;

  private constructor(geometry: Geometry, stages: readonly Stage[]) {
    this.geometry = geometry;
    this.#stages = stages;
  }

  static async open(options: LocalModelOptions): Promise<LocalModel> {
    const { folder, tokensMax, blockTokens = 256, dtype = 'f32', stages = 1, threads = 1, arrival } = options;
    const checkpoint = Checkpoint.open(folder);
    const geometry = geometryOf(checkpoint.config, { dtype, blockTokens });
    const opened: Stage[] = [];
    for (const layers of splitLayers(geometry.layers.length, stages)) {
      const pages = new ResidentPages(geometry, layers, tokensMax, arrival);
      const runner = await LayerRunner.open({
        model: checkpoint,
        layers,
        geometry,
        planes: pages.planes,
        threads,
      });
      opened.push({ layers, runner, lane: runner.lane(), pages });
    }
    checkpoint.close();
    return new LocalModel(geometry, opened);
  }

  /** Computes tokens of one block that follow the ones before. */
  async step(tokens: readonly number[], output: WantedOutput): Promise<Float32Array | null> {
    let hidden: Float32Array | null = null;
    let answer: StepOutput = { kind: 'none' };
    for (const { lane, pages } of this.#stages) {
      pages.begin(this.#position, tokens.length);
      const input = { position: this.#position, tokens: Uint32Array.from(tokens), hidden, output };
      [answer = answer] = await lane.step([{ input, pages, peers: null }]);
      hidden = answer.kind === 'hidden' ? answer.hidden : null;
    }
    this.#position += tokens.length;
    return answer.kind === 'logits' ? answer.logits : null;
  }

  /** Computes tokens in chunks that end where blocks end; answers the last token's logits. */
  async prefill(tokens: readonly number[]): Promise<Float32Array> {
    const { blockTokens } = this.geometry;
    let logits: Float32Array | null = null;
    for (let done = 0; done < tokens.length; ) {
      const room = blockTokens - (this.#position % blockTokens);
      const chunk = tokens.slice(done, done + room);
      done += chunk.length;
      logits = await this.step(chunk, done < tokens.length ? 'none' : 'logits');
    }
    if (logits === null) throw new Error('nothing to prefill');
    return logits;
  }

  /** Goes back to the first `tokens` tokens, all but some of the last block's. */
  truncate(tokens: number): void {
    this.#position = tokens;
  }

  /** Goes back to position 0. Pages keep their bytes: a new tail is zeroed by its owner, so here too. */
  rewind(): void {
    this.#position = 0;
    for (const { pages } of this.#stages) {
      const { planes } = pages;
      planes.k(0, planes.slots).fill(0);
      planes.v(0, planes.slots).fill(0);
    }
  }

  pageBytes(layer: number, block: number): Buffer {
    const stage = this.#stages.find(({ layers }) => layer >= layers.from && layer < layers.to);
    if (stage === undefined) throw new Error(`no layer ${layer}`);
    return stage.pages.pageBytes(layer, block);
  }

  async close(): Promise<void> {
    for (const { runner } of this.#stages) await runner.close();
  }
}

/** The index of the largest value; the first of equals. */
export function argmax(values: Float32Array): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? 0) ? index : best), 0);
}
