import { type BlockKey, packBlockKeys } from '../core/blockKey.js';
import { type ErrorKind, KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { WorkerId } from '../core/plan.js';
import type { CallContext, Duplex, Peer } from '../core/ports/network.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { AttendRequest } from '../rpc/gen/kvtide/v1/AttendRequest.js';
import type { AttendResponse__Output } from '../rpc/gen/kvtide/v1/AttendResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import { fetchBlocks, type PageSource } from './fetchBlocks.js';
import { unpackNodes } from './mergedNodes.js';
import { bytesOfFloats } from './stepBytes.js';

export interface ShardPeerOptions {
  readonly peer: Peer;
  readonly worker: WorkerId;
  readonly namespace: NamespaceId;
  readonly layers: LayerRange;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly call: CallContext;
}

/** How a peer ends when its pages are gone, and may be computed again. Other faults would come again too. */
const losing: ReadonlySet<ErrorKind> = new Set(['unavailable', 'lost', 'corrupt', 'stale']);

interface Question {
  /** Whether that was the last message of the answer. */
  take(answer: AttendResponse__Output): boolean;
  fail(error: KvError): void;
}

/** Another shard of the stage, which keeps pages of one sequence, as the worker that leads sees it. */
export class ShardPeer {
  readonly #options: ShardPeerOptions;
  /** Opened with the first question: short sequences are not split. */
  #stream: Duplex<AttendResponse__Output, AttendRequest> | null = null;
  /** Answers come in the order of the questions. */
  readonly #asked: Question[] = [];
  #failure: KvError | null = null;

  constructor(options: ShardPeerOptions) {
    this.#options = options;
  }

  /** Where others fetch what it keeps. */
  get source(): PageSource {
    const { worker, peer } = this.#options;
    return { worker, address: peer.address };
  }

  /** Nothing can be asked of it any more. */
  get isOver(): boolean {
    return this.#failure !== null;
  }

  /**
   * Lets the peer fetch what it lacks of these blocks; `keep` then tells whether it has all of full layers.
   * @throws KvError when it cannot be asked, or `signal` aborts.
   */
  async fetch(blocks: readonly BlockKey[], from: PageSource, signal: AbortSignal): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const { peer, namespace, call } = this.#options;
    const { tenant, requestId } = call;
    const either = AbortSignal.any([signal, call.signal]);
    await fetchBlocks(peer, namespace, blocks, from, { tenant, requestId, signal: either });
  }

  /** @returns whether the peer has all pages of full layers of these blocks, and holds them. */
  keep(firstBlock: number, blocks: readonly BlockKey[]): Promise<boolean> {
    return this.#ask({ keep: { firstBlock, blocks: packBlockKeys(blocks) } }, ({ kept }) => {
      if (!kept) throw outOfTurn(this.#options.worker);
      return kept.kept;
    });
  }

  /** Lets go of what it keeps from a block on, up to `endBlock` or to the end. */
  drop(firstBlock: number, endBlock = 0): void {
    if (this.#stream !== null) send(this.#stream, { drop: { firstBlock, endBlock } });
  }

  attend(layer: number, { values, rows, position, tokens }: Queries): Promise<MergedNode[]> {
    const { kvHeads, headDim } = this.#options;
    const attend = { layer, position, tokens, rows, values: bytesOfFloats(values) };
    const nodes: MergedNode[] = [];
    return this.#ask({ attend }, ({ attended }) => {
      if (!attended) throw outOfTurn(this.#options.worker);
      nodes.push(...unpackNodes(attended, kvHeads * rows, headDim));
      return attended.more ? null : nodes;
    });
  }

  close(): void {
    this.#failure ??= new KvError('cancelled', 'the sequence is closed');
    this.#stream?.end();
  }

  /** @param read null when more is to come. */
  #ask<T>(message: AttendRequest, read: (answer: AttendResponse__Output) => T | null): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise<T>((resolve, reject) => {
      this.#asked.push({
        take: (answer) => {
          const value = read(answer);
          if (value !== null) resolve(value);
          return value !== null;
        },
        fail: reject,
      });
      send(this.#opened(), message);
    });
  }

  #opened(): Duplex<AttendResponse__Output, AttendRequest> {
    if (this.#stream !== null) return this.#stream;
    const { peer, namespace, layers, call } = this.#options;
    const { tenant, requestId, signal } = call;
    this.#stream = peer.stream(workerEndpoints.attend, { tenant, requestId, signal });
    send(this.#stream, { open: { protocol: ownProtocol(), namespace, layers } });
    void this.#read(this.#stream);
    return this.#stream;
  }

  async #read(stream: Duplex<AttendResponse__Output, AttendRequest>): Promise<void> {
    try {
      for await (const answer of stream) if (this.#asked[0]?.take(answer)) this.#asked.shift();
      this.#fail(new KvError('unavailable', 'it has ended the stream'));
    } catch (thrown) {
      this.#fail(KvError.from(thrown, 'unavailable'));
      stream.fail(this.#failure);
    }
  }

  /** With the stream goes all that the peer kept. */
  #fail(cause: KvError): void {
    const { worker, peer } = this.#options;
    const message = `worker ${worker} at ${peer.address}, which keeps pages of this sequence: ${cause.message}`;
    this.#failure ??= new KvError(losing.has(cause.kind) ? 'lost' : cause.kind, message, {
      context: { ...cause.context, worker },
      cause,
    });
    for (const question of this.#asked.splice(0)) question.fail(this.#failure);
  }
}

function send(stream: Duplex<AttendResponse__Output, AttendRequest>, message: AttendRequest): void {
  // What fails here fails the read too, which tells everyone.
  stream.send(message).catch(() => {});
}

function outOfTurn(worker: WorkerId): KvError {
  return new KvError('internal', `worker ${worker} answered out of turn`);
}
