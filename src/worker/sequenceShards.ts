import type { BlockKey } from '../core/blockKey.js';
import type { BlockSpan } from '../core/blockSpan.js';
import { KvError } from '../core/errors.js';
import { type ShardPlan, type WorkerId, workerId } from '../core/plan.js';
import { ShardMap } from '../core/shardMap.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AskPeers } from './compute.js';
import type { PageSource } from './fetchBlocks.js';
import { KeptSpans } from './keptSpans.js';
import { type ShardMove, shardMoves } from './shardMoves.js';
import type { ShardPeer } from './shardPeer.js';
import type { ShardRole } from './shardRole.js';

/** The other workers of a stage. Who is in neither list may be away from the coordinator for a moment. */
export interface ShardList {
  /** May keep pages. */
  readonly shards: readonly ShardPlan[];
  /** Are to keep none. */
  readonly drained: readonly WorkerId[];
}

export interface SequenceShardsParts {
  /** This worker, where peers fetch pages. */
  readonly lead: PageSource;
  /** As they are now; another object when they may have changed. */
  shards(): ShardList;
  peerOf(shard: ShardPlan): ShardPeer;
  /** As `ShardPeer.fetch`, for this worker. */
  fetchHome(blocks: readonly BlockKey[], from: PageSource, signal: AbortSignal): Promise<void>;
  readonly role: ShardRole;
}

/** What this worker does with its own pages of full layers when blocks change hands. */
export interface OwnPages {
  /** They are read elsewhere from now on. */
  give(span: BlockSpan): Promise<void>;
  /** They are to be read here from now on. @returns false, with nothing changed, when not all are here. */
  take(span: BlockSpan): Promise<boolean>;
}

/** A worker that would not or could not take a piece is passed over in so many of the following steps. */
const stepsBetweenTries = 64;

/**
 * The other shards of one sequence, as the worker that leads it sees them. Who is to have a piece fetches it while
 * decoding goes on; between two steps it changes hands, and is read there from then on. The shards may change
 * at any time: the pieces that belong elsewhere then move one by one, those of workers that leave first.
 */
export class SequenceShards implements AskPeers {
  readonly #parts: SequenceShardsParts;
  readonly #self: WorkerId;
  readonly #closing = new AbortController();
  readonly #kept = new KeptSpans();
  /** The shards, and those that left and still keep something. */
  readonly #peers = new Map<WorkerId, ShardPeer>();
  #list: ShardList;
  /** Of the map, beside this worker. */
  #shards: readonly ShardPlan[];
  #map: ShardMap<WorkerId>;
  #endLead: (() => void) | null = null;
  /** Who is to have them has their pages; they are still read where they were. */
  #fetched: ShardMove | null = null;
  #fetching: Promise<void> | null = null;
  /** Counts where the sequence was led; what was fetched for an earlier one no longer counts. */
  #course = 0;
  #steps = 0;
  /** With so many sealed blocks nothing has to move. */
  #settledBlocks = -1;
  /** The step from which a worker is asked again. */
  readonly #retryAt = new Map<WorkerId, number>();

  constructor(parts: SequenceShardsParts) {
    this.#parts = parts;
    this.#self = workerId(parts.lead.worker);
    this.#list = parts.shards();
    this.#shards = this.#list.shards;
    this.#map = new ShardMap(this.#everyone());
    this.#meet();
  }

  /** Resolves when the piece that is being fetched has come, or has not; null when none is. */
  get fetching(): Promise<void> | null {
    return this.#fetching;
  }

  /** What peers keep of a prefix. */
  kept(blocks: number): readonly BlockSpan[] {
    return this.#kept.within(blocks);
  }

  /**
   * Lets peers keep what they have of their pieces of a chain's first blocks, and any peer what is not here.
   * @param isHere whether this worker has all pages of full layers of these blocks.
   */
  async offer(
    chain: readonly BlockKey[],
    blocks: number,
    isHere: (span: BlockSpan) => boolean,
  ): Promise<void> {
    this.#follow(blocks);
    this.#changeCourse();
    const moves = shardMoves(this.#self, this.#kept.spans, this.#map.givenAway(blocks));
    const missing = moves.filter(({ from }) => from === this.#self);
    await Promise.all(
      missing.map(async (move) => {
        if ((await this.#keep(move, move.to, chain)) || isHere(move)) return;
        // The shards were others when it was computed.
        for (const { worker } of this.#shards) {
          if (worker !== move.to && (await this.#keep(move, worker, chain))) return;
        }
      }),
    );
  }

  /** Goes back to a prefix: what reaches beyond it is dropped. */
  cut(blocks: number): void {
    this.#changeCourse();
    const first = this.#kept.cut(blocks);
    if (first !== null) for (const peer of this.#peers.values()) peer.drop(first);
  }

  /**
   * Called between steps: hands over a piece that was fetched, and lets the next one of a chain's first blocks be
   * fetched.
   * @returns what has changed hands.
   */
  async handOver(chain: readonly BlockKey[], blocks: number, own: OwnPages): Promise<ShardMove | null> {
    if (this.#closing.signal.aborted) return null;
    this.#steps += 1;
    this.#follow(blocks);
    const move = this.#fetched;
    this.#fetched = null;
    const hasMoved = move !== null && (await this.#move(move, chain, own));
    this.#fetchNext(chain, blocks);
    return hasMoved ? move : null;
  }

  async attend(layer: number, queries: Queries): Promise<readonly MergedNode[]> {
    const keepers = [...this.#kept.keepers()];
    const answers = await Promise.all(keepers.map((worker) => this.#peer(worker).attend(layer, queries)));
    return answers.flat();
  }

  close(): void {
    this.#closing.abort(new KvError('cancelled', 'the sequence is closed'));
    for (const peer of this.#peers.values()) peer.close();
    this.#endLead?.();
  }

  #everyone(): WorkerId[] {
    return [this.#self, ...this.#shards.map(({ worker }) => worker)];
  }

  #isShard(worker: WorkerId): boolean {
    return worker === this.#self || this.#shards.some((shard) => shard.worker === worker);
  }

  #peer(worker: WorkerId): ShardPeer {
    return this.#peers.get(worker)!; // who keeps something is not forgotten
  }

  /** The shards may have changed since the last step. */
  #follow(blocks: number): void {
    const list = this.#parts.shards();
    if (list === this.#list) return;
    const before = this.#everyone();
    this.#shards = this.#next(list);
    this.#list = list;
    const shards = this.#everyone();
    if (shards.length !== before.length || shards.some((worker, at) => worker !== before[at])) {
      this.#map = this.#map.reshaped(shards, blocks);
      this.#changeCourse();
    }
    this.#meet();
    this.#forget();
  }

  /** In the order in which they came. Who is not in the list and was not drained stays while it keeps something. */
  #next({ shards, drained }: ShardList): ShardPlan[] {
    const listed = new Map(shards.map((shard) => [shard.worker, shard]));
    const keepers = this.#kept.keepers();
    const isAway = (worker: WorkerId) =>
      !drained.includes(worker) && keepers.has(worker) && !this.#peer(worker).isOver;
    const old = this.#shards.flatMap((shard) => {
      const now = listed.get(shard.worker) ?? (isAway(shard.worker) ? shard : null);
      listed.delete(shard.worker);
      return now === null ? [] : [now];
    });
    return [...old, ...listed.values()];
  }

  /** A worker that has come back is met anew, unless it seems to keep something: then its loss is to be noticed. */
  #meet(): void {
    const keepers = this.#kept.keepers();
    for (const shard of this.#shards) {
      const known = this.#peers.get(shard.worker);
      const isGood = known !== undefined && !known.isOver && known.source.address === shard.address;
      if (isGood || keepers.has(shard.worker)) continue;
      known?.close();
      this.#peers.set(shard.worker, this.#parts.peerOf(shard));
      this.#retryAt.delete(shard.worker);
    }
  }

  /** Hangs up on those that left, once they keep nothing. */
  #forget(): void {
    const keepers = this.#kept.keepers();
    for (const [worker, peer] of this.#peers) {
      if (this.#isShard(worker) || keepers.has(worker)) continue;
      peer.close();
      this.#peers.delete(worker);
    }
  }

  #passOver(worker: WorkerId): void {
    this.#retryAt.set(worker, this.#steps + stepsBetweenTries);
  }

  #mayTry(worker: WorkerId): boolean {
    return (this.#retryAt.get(worker) ?? 0) <= this.#steps;
  }

  #changeCourse(): void {
    this.#course += 1;
    this.#fetched = null;
    this.#settledBlocks = -1;
  }

  /** First the new keeper has it, then the one before lets go. */
  async #move(move: ShardMove, chain: readonly BlockKey[], own: OwnPages): Promise<boolean> {
    const { from, to, first, end } = move;
    const isTaken = to === this.#self ? await own.take(move) : await this.#keep(move, to, chain);
    if (!isTaken) {
      this.#passOver(to);
      return false;
    }
    if (to === this.#self) this.#kept.takeBack(move);
    if (from === this.#self) await own.give(move);
    else this.#peer(from).drop(first, end);
    this.#forget();
    return true;
  }

  /** A peer that cannot be asked keeps nothing new; what it kept before is missed by `attend`. */
  async #keep(span: BlockSpan, worker: WorkerId, chain: readonly BlockKey[]): Promise<boolean> {
    this.#endLead ??= this.#parts.role.lead();
    if (this.#endLead === null) return false;
    const keys = chain.slice(span.first, span.end);
    const isKept = await this.#peer(worker)
      .keep(span.first, keys)
      .catch(() => false);
    if (isKept) this.#kept.give(span, worker);
    return isKept;
  }

  #fetchNext(chain: readonly BlockKey[], blocks: number): void {
    if (this.#fetching !== null || this.#fetched !== null) return;
    const move = this.#nextMove(blocks);
    if (move === null) return;
    this.#fetching = this.#fetch(move, chain.slice(move.first, move.end)).finally(() => {
      this.#fetching = null;
    });
  }

  #nextMove(blocks: number): ShardMove | null {
    if (blocks === this.#settledBlocks) return null;
    const moves = shardMoves(this.#self, this.#kept.within(blocks), this.#map.givenAway(blocks));
    if (moves.length === 0) this.#settledBlocks = blocks;
    for (const move of moves.filter(({ from }) => !this.#isShard(from))) {
      if (this.#mayTry(move.to)) return move;
      if (this.#mayTry(this.#self)) return { ...move, to: this.#self };
    }
    return moves.find(({ to }) => this.#mayTry(to)) ?? null;
  }

  /** Never rejects. */
  async #fetch(move: ShardMove, keys: readonly BlockKey[]): Promise<void> {
    const course = this.#course;
    const { signal } = this.#closing;
    const { from, to } = move;
    const source = from === this.#self ? this.#parts.lead : this.#peer(from).source;
    try {
      if (to === this.#self) await this.#parts.fetchHome(keys, source, signal);
      else await this.#peer(to).fetch(keys, source, signal);
      if (course === this.#course) this.#fetched = move;
    } catch {
      // Whoever asks that peer for attention hears why.
      this.#passOver(to);
    }
  }
}
