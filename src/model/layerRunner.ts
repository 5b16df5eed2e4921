import type { InferenceSession } from 'onnxruntime-node';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import type { AttentionKernel } from '../device/attentionKernel.js';
import { HostAttentionKernel } from '../device/host/hostAttentionKernel.js';
import { freeTurn, type KernelTurn } from '../device/kernelTurn.js';
import { openOrtSession } from '../device/ortSession.js';
import { PagedAttention } from '../device/pagedAttention.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import { TailWriter } from '../device/tailWriter.js';
import { Checkpoint } from './checkpoint.js';
import { EmbeddingTable } from './embeddingTable.js';
import { type LaneParts, LayerLane } from './layerLane.js';
import { RopeTable } from './ropeTable.js';
import { segmentGraph, segmentsOf } from './segmentGraph.js';
import { type DigestMemory, digestTensors } from './tensorDigests.js';

export interface LayerRunnerOptions {
  /** A checkpoint folder, or one that is open (and stays open). */
  readonly model: string | Checkpoint;
  readonly layers: LayerRange;
  readonly geometry: Geometry;
  /** The slab that pages lie in. */
  readonly planes: PagePlanes;
  /** Of the dense layers, and of attention while a prefill goes on. */
  readonly threads: number;
  /** Of attention in a decode step; as many as `threads` by default. */
  readonly attentionThreads?: number;
  /** Digests of earlier runs; without it the weights are hashed anew. */
  readonly digestMemory?: DigestMemory;
}

/** The loaded layers of one stage, which compute over pages that others bring. */
export class LayerRunner {
  /** What this stage read, for the model's fingerprint. */
  readonly digests: readonly TensorDigest[];
  readonly #parts: LaneParts;
  readonly #kernel: AttentionKernel;

  private constructor(digests: readonly TensorDigest[], parts: LaneParts, kernel: AttentionKernel) {
    this.digests = digests;
    this.#parts = parts;
    this.#kernel = kernel;
  }

  /**
   * Reads the weights of the layers and opens their graphs.
   * @throws KvError for a checkpoint that cannot be used, see {@link Checkpoint.open}.
   */
  static async open(options: LayerRunnerOptions): Promise<LayerRunner> {
    if (typeof options.model !== 'string') return LayerRunner.#openWith(options, options.model);
    const checkpoint = Checkpoint.open(options.model);
    try {
      return await LayerRunner.#openWith(options, checkpoint);
    } finally {
      checkpoint.close();
    }
  }

  static async #openWith(options: LayerRunnerOptions, checkpoint: Checkpoint): Promise<LayerRunner> {
    const { layers, geometry, planes, threads } = options;
    const { config } = checkpoint;
    const segments = segmentsOf(layers, layers.to === config.layers.length);
    const sessions: InferenceSession[] = [];
    for (const segment of segments) {
      const graph = segmentGraph(checkpoint, segment, geometry.dtype);
      const what = segment.head ? 'the head' : `layer ${segment.before ?? segment.after}`;
      sessions.push(await openOrtSession(graph, threads, what));
    }
    const { blockTokens, dtype } = geometry;
    const { kvHeads, headDim } = config;
    const shape = { kvHeads, group: config.heads / kvHeads, headDim, blockTokens, dtype };
    const kernel = await HostAttentionKernel.open(shape, planes, {
      prefill: threads,
      decode: options.attentionThreads ?? threads,
    });
    const parts: LaneParts = {
      config,
      layers,
      blockTokens,
      segments,
      sessions,
      embedding: layers.from === 0 ? new EmbeddingTable(checkpoint) : null,
      rope: new RopeTable(config.rope, headDim),
      tail: new TailWriter(planes, geometry),
    };
    return new LayerRunner(digestTensors(checkpoint, layers, options.digestMemory), parts, kernel);
  }

  /** A lane computes one batch at a time; lanes may overlap. @param turn when it may use the kernels. */
  lane(turn: KernelTurn = freeTurn): LayerLane {
    const { blockTokens, config } = this.#parts;
    const { kvHeads, headDim } = config;
    const attention = new PagedAttention({ kvHeads, headDim, blockTokens }, this.#kernel.lane(), turn);
    return new LayerLane(this.#parts, attention, turn);
  }

  async close(): Promise<void> {
    await this.#kernel.close();
    for (const session of this.#parts.sessions) await session.release();
  }
}
