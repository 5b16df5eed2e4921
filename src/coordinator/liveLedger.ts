import type { BlockKey } from '../core/blockKey.js';
import type { SequenceId } from '../core/plan.js';
import { layersOf, type StageRoom, windowPages } from './stageRoom.js';

/** A sequence that counts: its sealed blocks, and how many it may have in all. */
export interface LiveSequence {
  readonly blocks: readonly BlockKey[];
  /** Not less than `blocks.length`; the last one grows. */
  readonly blocksMax: number;
}

/** The pages that all live sequences need in one stage. */
export interface StageUse {
  /** In window layers, and per full layer the blocks of each shard. */
  windowPages: number;
  readonly blocks: number[];
}

/** A stage that is short of room. */
export interface Shortfall {
  readonly room: StageRoom;
  readonly neededPages: number;
  readonly budgetPages: number;
  /** Who is short: all of its workers together, the one that leads, or the lead's device for growing pages. */
  readonly of: 'stage' | 'lead' | 'tails';
}

interface SharedBlock {
  /** Where in its sequence it is. */
  readonly index: number;
  sequences: number;
}

/**
 * What the live KV of all sequences that count needs in each stage: all blocks in full layers, the window in
 * window layers, up to the length that each may grow to. Blocks that sequences share, as forks and equal
 * prefixes do, count once; window pages count for each, which is at most what they need.
 */
export class LiveLedger {
  readonly #blockTokens: number;
  readonly #sequences = new Map<SequenceId, LiveSequence>();
  readonly #blocks = new Map<BlockKey, SharedBlock>();
  #rooms: readonly StageRoom[] = [];
  #uses: StageUse[] = [];

  constructor(blockTokens: number) {
    this.#blockTokens = blockTokens;
  }

  /** Other workers serve from now on. What lives does not change. */
  place(rooms: readonly StageRoom[]): void {
    this.#rooms = rooms;
    this.#uses = rooms.map(({ counts }) => ({
      windowPages: 0,
      blocks: new Array<number>(counts.shards).fill(0),
    }));
    for (const { index } of this.#blocks.values()) this.#addBlock(index, 1);
    for (const sequence of this.#sequences.values()) this.#addGrowth(sequence, 1);
  }

  /** Counts a sequence, in place of what it was. */
  put(id: SequenceId, sequence: LiveSequence): void {
    const before = this.#sequences.get(id);
    const kept = before === undefined ? 0 : sharedStart(before.blocks, sequence.blocks);
    if (before !== undefined) this.#addGrowth(before, -1);
    this.#sequences.set(id, sequence);
    this.#addGrowth(sequence, 1);
    for (let at = kept; at < sequence.blocks.length; at += 1) this.#share(sequence.blocks[at]!, at);
    for (let at = kept; at < (before?.blocks.length ?? 0); at += 1) this.#unshare(before!.blocks[at]!);
  }

  drop(id: SequenceId): void {
    const sequence = this.#sequences.get(id);
    if (sequence === undefined) return;
    this.#sequences.delete(id);
    this.#addGrowth(sequence, -1);
    for (const block of sequence.blocks) this.#unshare(block);
  }

  /** The first stage that would be short of room with this sequence too; null where there is room. */
  shortfall(id: SequenceId, sequence: LiveSequence): Shortfall | null {
    const before = this.#sequences.get(id);
    this.put(id, sequence);
    const short = this.#short();
    if (before === undefined) this.drop(id);
    else this.put(id, before);
    return short;
  }

  /** As `shortfall`, with nothing else in the cluster. */
  alone(sequence: LiveSequence): Shortfall | null {
    const ledger = new LiveLedger(this.#blockTokens);
    ledger.place(this.#rooms);
    return ledger.shortfall('alone' as SequenceId, sequence);
  }

  /** In order of the stages. */
  stages(): { readonly room: StageRoom; readonly pages: number; readonly budgetPages: number }[] {
    return this.#rooms.map((room, at) => ({
      room,
      pages: sum(pagesOf(room, this.#uses[at]!)),
      budgetPages: sum(room.capacityPages),
    }));
  }

  #short(): Shortfall | null {
    for (const [at, room] of this.#rooms.entries()) {
      const pages = pagesOf(room, this.#uses[at]!);
      const neededPages = sum(pages);
      const budgetPages = sum(room.capacityPages);
      if (neededPages > budgetPages) return { room, neededPages, budgetPages, of: 'stage' };
      // What a peer has no room for stays with the lead.
      const { capacityPages } = room;
      const leadPages = pages.reduce(
        (lead, own, shard) => (shard === 0 ? lead : lead + Math.max(0, own - capacityPages[shard]!)),
        pages[0]!,
      );
      const leadBudget = capacityPages[0]!;
      if (leadPages > leadBudget)
        return { room, neededPages: leadPages, budgetPages: leadBudget, of: 'lead' };
      const tails = this.#sequences.size * layersOf(room);
      if (tails > room.tailPages)
        return { room, neededPages: tails, budgetPages: room.tailPages, of: 'tails' };
    }
    return null;
  }

  #share(block: BlockKey, index: number): void {
    const known = this.#blocks.get(block);
    if (known !== undefined) {
      known.sequences += 1;
      return;
    }
    this.#blocks.set(block, { index, sequences: 1 });
    this.#addBlock(index, 1);
  }

  #unshare(block: BlockKey): void {
    const known = this.#blocks.get(block)!; // every live sequence has shared its blocks
    known.sequences -= 1;
    if (known.sequences > 0) return;
    this.#blocks.delete(block);
    this.#addBlock(known.index, -1);
  }

  #addBlock(index: number, sign: 1 | -1): void {
    for (const [at, { counts }] of this.#rooms.entries())
      counts.addBlock(this.#uses[at]!.blocks, index, sign);
  }

  /** All that is the sequence's own: the blocks that it has yet to seal, and its windows. */
  #addGrowth({ blocks, blocksMax }: LiveSequence, sign: 1 | -1): void {
    for (const [at, room] of this.#rooms.entries()) {
      const use = this.#uses[at]!;
      room.counts.addSpan(use.blocks, blocks.length, blocksMax, sign);
      room.counts.addRagged(use.blocks, blocksMax, sign);
      use.windowPages += sign * windowPages(room, blocksMax, this.#blockTokens);
    }
  }
}

/** Pages of each shard, the lead first: it has all pages of window layers. */
function pagesOf({ fullLayers }: StageRoom, use: StageUse): number[] {
  return use.blocks.map(
    (blocks, shard) => Math.max(0, blocks) * fullLayers + (shard === 0 ? use.windowPages : 0),
  );
}

function sharedStart(left: readonly BlockKey[], right: readonly BlockKey[]): number {
  const most = Math.min(left.length, right.length);
  let at = 0;
  while (at < most && left[at] === right[at]) at += 1;
  return at;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
