import type { BlockKey } from '../core/blockKey.js';
import type { BlockSpan } from '../core/blockSpan.js';
import { KvError } from '../core/errors.js';
import { ShardMap } from '../core/shardMap.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AskPeers } from './compute.js';
import type { ShardPeer } from './shardPeer.js';
import type { ShardRole } from './shardRole.js';

type Piece = BlockSpan & { readonly shard: number };

/** A peer that would not or could not take a piece is passed over in so many of the following steps. */
const stepsBetweenTries = 64;

/**
 * The other shards of one sequence, as the worker that leads it sees them. A peer fetches a piece while
 * decoding goes on; between two steps it is asked to keep it, and reads it from then on.
 */
export class SequenceShards implements AskPeers {
  readonly #map: ShardMap;
  /** Shard `i + 1` of the map. */
  readonly #peers: readonly ShardPeer[];
  readonly #role: ShardRole;
  readonly #closing = new AbortController();
  #endLead: (() => void) | null = null;
  /** What peers keep, in order. */
  #kept: Piece[] = [];
  /** A peer has its pages; they are still read here. */
  #fetched: Piece | null = null;
  #isFetching = false;
  /** Counts where the sequence was led; what was fetched for an earlier one no longer counts. */
  #course = 0;
  #steps = 0;
  /** By shard: the step from which it is asked again. */
  readonly #retryAt = new Map<number, number>();

  constructor(peers: readonly ShardPeer[], role: ShardRole) {
    this.#map = new ShardMap(peers.length + 1);
    this.#peers = peers;
    this.#role = role;
  }

  /** What peers keep of a prefix. */
  kept(blocks: number): readonly BlockSpan[] {
    return this.#kept.filter(({ end }) => end <= blocks);
  }

  /** Lets peers keep what they have of their pieces of a chain's first blocks. */
  async offer(chain: readonly BlockKey[], blocks: number): Promise<void> {
    this.#changeCourse();
    const missing = this.#map.givenAway(blocks).filter((piece) => !this.#has(piece));
    await Promise.all(missing.map((piece) => this.#keep(piece, chain)));
  }

  /** Goes back to a prefix: what reaches beyond it is dropped. */
  cut(blocks: number): void {
    this.#changeCourse();
    const beyond = this.#kept.filter(({ end }) => end > blocks);
    if (beyond.length === 0) return;
    const first = Math.min(...beyond.map((piece) => piece.first));
    this.#kept = this.#kept.filter(({ end }) => end <= blocks);
    for (const peer of this.#peers) peer.drop(first);
  }

  /**
   * Called between steps: hands over a piece that a peer has fetched, and lets the next one of a chain's first
   * blocks be fetched.
   * @returns the piece that its peer keeps from now on.
   */
  async handOver(chain: readonly BlockKey[], blocks: number): Promise<BlockSpan | null> {
    this.#steps += 1;
    const fetched = this.#fetched;
    this.#fetched = null;
    const isKept = fetched !== null && (await this.#keep(fetched, chain));
    if (fetched !== null && !isKept) this.#passOver(fetched.shard);
    this.#fetchNext(chain, blocks);
    return isKept ? fetched : null;
  }

  async attend(layer: number, queries: Queries): Promise<readonly MergedNode[]> {
    const shards = new Set(this.#kept.map(({ shard }) => shard));
    const answers = await Promise.all([...shards].map((shard) => this.#peer(shard).attend(layer, queries)));
    return answers.flat();
  }

  close(): void {
    this.#closing.abort(new KvError('cancelled', 'the sequence is closed'));
    for (const peer of this.#peers) peer.close();
    this.#endLead?.();
  }

  #has({ first }: BlockSpan): boolean {
    return this.#kept.some((piece) => piece.first === first);
  }

  #peer(shard: number): ShardPeer {
    return this.#peers[shard - 1]!; // shard 0 is this worker
  }

  #passOver(shard: number): void {
    this.#retryAt.set(shard, this.#steps + stepsBetweenTries);
  }

  #changeCourse(): void {
    this.#course += 1;
    this.#fetched = null;
  }

  /** A peer that cannot be asked keeps nothing new; what it kept before is missed by `attend`. */
  async #keep(piece: Piece, chain: readonly BlockKey[]): Promise<boolean> {
    this.#endLead ??= this.#role.lead();
    if (this.#endLead === null) return false;
    const keys = chain.slice(piece.first, piece.end);
    const isKept = await this.#peer(piece.shard)
      .keep(piece.first, keys)
      .catch(() => false);
    if (isKept) this.#kept = [...this.#kept, piece].sort((a, b) => a.first - b.first);
    return isKept;
  }

  #fetchNext(chain: readonly BlockKey[], blocks: number): void {
    if (this.#isFetching || this.#fetched !== null || this.#closing.signal.aborted) return;
    const mayTry = (shard: number): boolean => (this.#retryAt.get(shard) ?? 0) <= this.#steps;
    const piece = this.#map.givenAway(blocks).find((some) => mayTry(some.shard) && !this.#has(some));
    if (piece === undefined) return;
    this.#isFetching = true;
    void this.#fetch(piece, chain.slice(piece.first, piece.end));
  }

  /** Never rejects. */
  async #fetch(piece: Piece, keys: readonly BlockKey[]): Promise<void> {
    const course = this.#course;
    try {
      await this.#peer(piece.shard).fetch(keys, this.#closing.signal);
      if (course === this.#course) this.#fetched = piece;
    } catch {
      // Whoever asks that peer for attention hears why.
      this.#passOver(piece.shard);
    } finally {
      this.#isFetching = false;
    }
  }
}
