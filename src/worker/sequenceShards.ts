import type { BlockKey } from '../core/blockKey.js';
import type { BlockSpan } from '../core/blockSpan.js';
import { KvError } from '../core/errors.js';
import { ShardMap } from '../core/shardMap.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AskPeers } from './compute.js';
import type { ShardPeer } from './shardPeer.js';

type Piece = BlockSpan & { readonly shard: number };

/**
 * The other shards of one sequence, as the worker that leads it sees them. A peer fetches a piece while
 * decoding goes on; between two steps it is asked to keep it, and reads it from then on.
 */
export class SequenceShards implements AskPeers {
  readonly #map: ShardMap;
  /** Shard `i + 1` of the map. */
  readonly #peers: readonly ShardPeer[];
  /** What peers keep, in order. */
  #kept: Piece[] = [];
  /** A peer has its pages; they are still read here. */
  #fetched: Piece | null = null;
  #fetching: { readonly end: Promise<void>; readonly abort: AbortController } | null = null;
  #isClosed = false;

  constructor(peers: readonly ShardPeer[]) {
    this.#map = new ShardMap(peers.length + 1);
    this.#peers = peers;
  }

  /** What peers keep of a prefix. */
  kept(blocks: number): readonly BlockSpan[] {
    return this.#kept.filter(({ end }) => end <= blocks);
  }

  /** Lets peers keep what they have of their pieces of a chain's first blocks. */
  async offer(chain: readonly BlockKey[], blocks: number): Promise<void> {
    await this.#settled();
    const missing = this.#map.givenAway(blocks).filter((piece) => !this.#has(piece));
    await Promise.all(missing.map((piece) => this.#keep(piece, chain)));
  }

  /** Goes back to a prefix: what reaches beyond it is dropped. */
  async cut(blocks: number): Promise<void> {
    await this.#settled();
    const beyond = this.#kept.filter(({ end }) => end > blocks);
    const first = Math.min(...beyond.map((piece) => piece.first));
    if (beyond.length === 0) return;
    this.#kept = this.#kept.filter(({ end }) => end <= blocks);
    for (const peer of this.#peers) peer.drop(first);
  }

  /**
   * Called between steps: hands over a piece that a peer has fetched, and lets the next one of a chain's first
   * blocks be fetched.
   * @returns the piece that its peer keeps from now on.
   */
  async handOver(chain: readonly BlockKey[], blocks: number): Promise<BlockSpan | null> {
    const fetched = this.#fetched;
    this.#fetched = null;
    const isKept = fetched !== null && (await this.#keep(fetched, chain));
    if (this.#fetching === null && !this.#isClosed) this.#fetchNext(chain, blocks);
    return isKept ? fetched : null;
  }

  async attend(layer: number, queries: Queries): Promise<readonly MergedNode[]> {
    const shards = new Set(this.#kept.map(({ shard }) => shard));
    const answers = await Promise.all([...shards].map((shard) => this.#peer(shard).attend(layer, queries)));
    return answers.flat();
  }

  close(): void {
    this.#isClosed = true;
    this.#fetching?.abort.abort(new KvError('cancelled', 'the sequence is closed'));
    for (const peer of this.#peers) peer.close();
  }

  #has({ first }: BlockSpan): boolean {
    return this.#kept.some((piece) => piece.first === first);
  }

  #peer(shard: number): ShardPeer {
    return this.#peers[shard - 1]!; // shard 0 is this worker
  }

  /** A peer that cannot be asked keeps nothing new; what it kept before is missed by `attend`. */
  async #keep(piece: Piece, chain: readonly BlockKey[]): Promise<boolean> {
    const keys = chain.slice(piece.first, piece.end);
    const isKept = await this.#peer(piece.shard)
      .keep(piece.first, keys)
      .catch(() => false);
    if (isKept) this.#kept = [...this.#kept, piece].sort((a, b) => a.first - b.first);
    return isKept;
  }

  #fetchNext(chain: readonly BlockKey[], blocks: number): void {
    const piece = this.#map.givenAway(blocks).find((some) => !this.#has(some));
    if (piece === undefined) return;
    const abort = new AbortController();
    const end = this.#fetch(piece, chain, abort.signal).finally(() => {
      this.#fetching = null;
    });
    this.#fetching = { end, abort };
  }

  /** A peer without room fetches nothing: the pages stay here, and it is asked again between later steps. */
  async #fetch(piece: Piece, chain: readonly BlockKey[], signal: AbortSignal): Promise<void> {
    try {
      const hasAll = await this.#peer(piece.shard).fetch(chain.slice(piece.first, piece.end), signal);
      if (hasAll) this.#fetched = piece;
    } catch {
      // Whoever asks that peer for attention hears why.
    }
  }

  /** What is being fetched is no longer wanted; a slow peer does not hold up a seek. */
  async #settled(): Promise<void> {
    this.#fetching?.abort.abort(new KvError('cancelled', 'the sequence went elsewhere'));
    await this.#fetching?.end;
    this.#fetched = null;
  }
}
