import { KvError } from '../core/errors.js';
import { dtypeBytes, type Geometry, type LayerAttention } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import { noStalls } from '../core/stallCause.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import type { Board } from '../memory/board.js';
import type { Compute, ComputeAnswer, ComputeDone, ComputeJob, ComputePart } from '../worker/compute.js';
import { topLogits } from '../worker/topLogits.js';
import { fakeHidden, fakeLogits, mix } from './fakeModel.js';

/**
 * A fake kernel for simulation, named as one: reads and writes real pages over a real board, but computes
 * `fakeModel.ts` on the main thread.
 */
export class FakeCompute implements Compute {
  readonly digests;
  readonly #geometry: Geometry;
  readonly #range: LayerRange;
  readonly #planes: PagePlanes;
  readonly #msPerToken: number;

  /** @param msPerToken what it says that a token takes. */
  constructor(geometry: Geometry, range: LayerRange, planes: PagePlanes, msPerToken: number) {
    this.#geometry = geometry;
    this.#range = range;
    this.#planes = planes;
    this.#msPerToken = msPerToken;
    this.digests = geometry.layers.slice(range.from, range.to).map((_, index) => ({
      name: `layers.${range.from + index}`,
      dtype: 'U32',
      shape: [1],
      sha256: mix(range.from + index)
        .toString(16)
        .padStart(64, '0'),
    }));
  }

  /** Layer after layer, as pages are brought: one part at a time would wait for what comes behind another's. */
  async step(job: ComputeJob): Promise<ComputeDone> {
    if (job.parts.some(({ approximation }) => approximation !== null)) {
      throw new KvError('unsupported', 'the fake kernel has no approximate attention; leave it exact');
    }
    let states = job.parts.map(({ hidden, tokens }) =>
      hidden === null ? Array.from(tokens, (token) => mix(token)) : unpack(hidden),
    );
    for (let layer = this.#range.from; layer < this.#range.to; layer += 1) {
      const next: number[][] = [];
      for (const [at, part] of job.parts.entries())
        next.push(await this.#layer(job, part, layer, states[at]!));
      states = next;
    }
    const answers = job.parts.map((part, at) => this.#answer(part, states[at]!));
    const tokens = job.parts.reduce((sum, part) => sum + part.tokens.length, 0);
    const approximate = job.parts.map(() => null);
    return { answers, elapsedMs: this.#msPerToken * tokens, stallMs: 0, stalls: noStalls(), approximate };
  }

  async #layer(
    { blocks, board }: ComputeJob,
    job: ComputePart,
    layer: number,
    states: number[],
  ): Promise<number[]> {
    const lastLayer = this.#geometry.layers.length - 1;
    const index = layer - this.#range.from;
    this.#write(job.tails[index]!, layer, job.position, states);
    if (layer === lastLayer && job.logits === null) return states;
    const queries = layer === lastLayer && !job.logits?.everyPosition ? states.slice(-1) : states;
    const first = job.position + states.length - queries.length;
    const sums = new Array<number>(queries.length).fill(0);
    const tailBlock = Math.floor(job.position / this.#geometry.blockTokens);
    this.#attend(layer, job.tails[index]!, tailBlock, first, sums);
    for (let entry = job.entries[2 * index]!; entry < job.entries[2 * index + 1]!; entry += 1) {
      const slot = await arrived(board, entry);
      this.#attend(layer, slot, blocks[entry]!, first, sums);
      board.consume(entry);
    }
    return queries.map((state, at) => mix(state, sums[at]!));
  }

  /** Sequences are too short for a stage to share them. */
  async attend(): Promise<never> {
    throw new KvError('unsupported', 'the fake kernel does not attend for other shards');
  }

  async attention(): Promise<never> {
    throw new KvError('unsupported', 'the fake kernel has no queries of others');
  }

  async close(): Promise<void> {}

  #answer(job: ComputePart, states: readonly number[]): ComputeAnswer {
    if (this.#range.to < this.#geometry.layers.length) return { kind: 'hidden', hidden: pack(states) };
    const { logits } = job;
    if (logits === null) return { kind: 'none' };
    return { kind: 'logits', positions: states.map((state) => topLogits(fakeLogits(state), logits)) };
  }

  #write(slot: number, layer: number, position: number, states: readonly number[]): void {
    const rows = this.#rows(slot);
    states.forEach((state, at) => {
      const row = (position + at) % this.#geometry.blockTokens;
      rows.set(row, mix(layer, position + at, state));
    });
  }

  #attend(layer: number, slot: number, block: number, firstQuery: number, sums: number[]): void {
    const rows = this.#rows(slot);
    const attention = this.#geometry.layers[layer]!;
    for (let row = 0; row < this.#geometry.blockTokens; row += 1) {
      const key = block * this.#geometry.blockTokens + row;
      sums.forEach((sum, at) => {
        if (isVisible(attention, firstQuery + at, key)) sums[at] = (sum + rows.get(row)) >>> 0;
      });
    }
  }

  /** A key is a uint32 at the start of its row in the first head of K, and once more in V. */
  #rows(slot: number) {
    const { k, v } = this.#planes.page(slot);
    const stride = this.#geometry.headDim * dtypeBytes(this.#geometry.dtype);
    const halves = [k, v].map((half) => new DataView(half.buffer, half.byteOffset, half.byteLength));
    return {
      set: (row: number, value: number) => {
        for (const half of halves) half.setUint32(row * stride, value);
      },
      get: (row: number): number => {
        const [inK, inV] = halves.map((half) => half.getUint32(row * stride));
        if (inK !== inV) throw new KvError('internal', `K and V of a page differ in row ${row}`);
        return inK!;
      },
    };
  }
}

function isVisible(attention: LayerAttention, query: number, key: number): boolean {
  if (key > query) return false;
  return attention.kind === 'full' || key > query - attention.window;
}

/** The slot of an entry, once its page is there. */
async function arrived(board: Board, entry: number): Promise<number> {
  for (;;) {
    const seen = board.changes('main');
    if (board.cancelled) throw new KvError('cancelled', 'the step was given up');
    if (board.state(entry) === 'ready') return board.slot(entry);
    await board.nextChange('main', seen);
  }
}

function pack(states: readonly number[]): Float32Array {
  const hidden = new Float32Array(states.length * fakeHidden);
  states.forEach((state, at) => {
    hidden.set([state & 0xffff, state >>> 16], at * fakeHidden);
  });
  return hidden;
}

function unpack(hidden: Float32Array): number[] {
  return Array.from({ length: hidden.length / fakeHidden }, (_, at) => {
    return (hidden[at * fakeHidden]! + hidden[at * fakeHidden + 1]! * 0x10000) >>> 0;
  });
}
