import { demoModel } from '../../src/cli/demoInput.js';
import type { BlockSpan } from '../../src/core/blockSpan.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { prefillChunks } from '../../src/decode/prefillChunks.js';
import type { Queries } from '../../src/device/attentionKernel.js';
import { AttentionMass } from '../../src/device/attentionMass.js';
import { HostAttentionKernel } from '../../src/device/host/hostAttentionKernel.js';
import { PagedAttention } from '../../src/device/pagedAttention.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import type { PageRun, PageSource } from '../../src/device/pageSource.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { LayerRunner } from '../../src/model/layerRunner.js';
import { geometryOf } from '../../src/model/modelConfig.js';

/** A mode as it is measured here: which blocks of a layer it does not read. */
export interface MeasuredMode {
  /** @param k the K half of each sealed page. */
  leftOut(layer: number, queries: Queries, k: readonly Uint8Array[]): readonly number[];
  /** Hears what its attention went to, where it wants to know. */
  attended?(layer: number, blocks: Int32Array, mass: Float64Array): void;
}

/**
 * How far the attention of full layers is from exact attention of the same queries: the length of the difference
 * over that of the exact output, over all layers and positions. Computed in this process, since no cluster tells
 * what its layers put out: the model runs exactly over the text, and each mode answers its queries as well.
 */
export async function attentionErrors(
  tokens: readonly number[],
  positions: number,
  blockTokens: number,
  modes: readonly MeasuredMode[],
): Promise<number[]> {
  const checkpoint = Checkpoint.open(demoModel);
  const { config } = checkpoint;
  const geometry = geometryOf(config, { dtype: 'f32', blockTokens });
  const blocks = Math.ceil(tokens.length / blockTokens);
  const planes = new PagePlanes(
    new HeapSlab(geometry.layers.length * blocks * pageBytes(geometry)),
    geometry,
  );
  const layers = { from: 0, to: geometry.layers.length };
  const runner = await LayerRunner.open({ model: checkpoint, layers, geometry, planes, threads: 2 });
  const { kvHeads, heads, headDim } = config;
  const kernel = await HostAttentionKernel.open(
    { kvHeads, group: heads / kvHeads, headDim, blockTokens, dtype: 'f32' },
    planes,
    { prefill: 1, decode: 1 },
  );
  const attention = new PagedAttention({ kvHeads, headDim, blockTokens }, kernel.lane());
  try {
    const lane = runner.lane();
    const from = tokens.length - positions;
    const differences = modes.map(() => 0);
    let length = 0;
    const step = async (position: number, end: number, isDecode: boolean): Promise<void> => {
      const pages = new HotPages(geometry, blocks, position);
      const input = {
        position,
        tokens: Uint32Array.from(tokens.slice(position, end)),
        hidden: null,
        output: isDecode ? ('logits' as const) : ('none' as const),
      };
      await lane.step([{ input, pages, peers: null }]);
      if (!isDecode) return;
      for (const [layer, queries] of pages.asked) {
        const exact = (
          await attention.attend(layer, queries, new HotPages(geometry, blocks, position))
        ).o.slice();
        length += exact.reduce((sum, value) => sum + value * value, 0);
        const k = Array.from({ length: pages.sealed }, (_, block) => planes.k(layer * blocks + block, 1));
        for (const [at, mode] of modes.entries()) {
          const source = new HotPages(geometry, blocks, position, new Set(mode.leftOut(layer, queries, k)));
          const { o } = await attention.attend(layer, queries, source);
          differences[at]! += exact.reduce((sum, value, i) => sum + (value - o[i]!) ** 2, 0);
          for (const { blocks: read, mass } of source.mass.layers) mode.attended?.(layer, read, mass);
        }
      }
    };
    for (const { position, end } of prefillChunks(0, from, blockTokens)) await step(position, end, false);
    for (let position = from; position < tokens.length; position += 1)
      await step(position, position + 1, true);
    return differences.map((difference) => Math.sqrt(difference / length));
  } finally {
    await kernel.close();
    await runner.close();
    checkpoint.close();
  }
}

/** All pages of a sequence, layer after layer in neighbouring slots, but those that are left out. */
class HotPages implements PageSource {
  readonly mass = new AttentionMass();
  /** What the queries of full layers were. */
  readonly asked = new Map<number, Queries>();
  readonly sealed: number;
  #left: number[] = [];
  #layer = -1;

  constructor(
    private readonly geometry: Geometry,
    private readonly blocks: number,
    private readonly position: number,
    private readonly absent: ReadonlySet<number> = new Set(),
  ) {
    this.sealed = Math.floor(position / geometry.blockTokens);
  }

  tailSlot(layer: number): number {
    return layer * this.blocks + this.sealed;
  }

  leaveOut(layer: number, queries: Queries): readonly BlockSpan[] {
    if (queries.window !== null) return [];
    this.asked.set(layer, { ...queries, values: queries.values.slice() });
    return [...this.absent].map((block) => ({ first: block, end: block + 1 }));
  }

  async take(layer: number, maxPages: number): Promise<PageRun | null> {
    if (layer !== this.#layer) this.#begin(layer);
    const first = this.#left.shift();
    if (first === undefined) return null;
    const run = [first];
    while (run.length < maxPages && this.#left[0] === first + run.length) run.push(this.#left.shift()!);
    return { firstSlot: layer * this.blocks + first, blocks: run };
  }

  release(): void {}

  #begin(layer: number): void {
    const attention = this.geometry.layers[layer]!;
    const { blockTokens } = this.geometry;
    const oldest = attention.kind === 'full' ? 0 : Math.max(0, this.position - attention.window + 1);
    const first = Math.floor(oldest / blockTokens);
    const all = Array.from({ length: this.sealed - first }, (_, at) => first + at);
    this.#left = attention.kind === 'full' ? all.filter((block) => !this.absent.has(block)) : all;
    this.#layer = layer;
  }
}
