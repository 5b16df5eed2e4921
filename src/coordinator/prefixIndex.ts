import type { BlockKey } from '../core/blockKey.js';
import { usablePrefix } from '../core/blockSpan.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { PageId } from '../core/pageId.js';
import type { WorkerId } from '../core/plan.js';
import { LayerSets } from './layerSets.js';

/** One message of a worker's inventory. */
export interface InventoryPart {
  /** Counts up by one a message, from any start. */
  readonly number: number;
  /** The first message of a whole inventory: forget what was known before. */
  readonly whole: boolean;
  readonly added: readonly PageId[];
  readonly removed: readonly PageId[];
}

export type InventoryOutcome =
  | { readonly kind: 'applied' }
  /** It was seen before; nothing changed. */
  | { readonly kind: 'repeated' }
  /** A message was missed: nothing counts until the whole inventory comes again, which is to be asked for. */
  | { readonly kind: 'gap' }
  /** It was asked for and has not begun yet. */
  | { readonly kind: 'awaited' };

interface Holdings {
  readonly sets: LayerSets;
  /** Number of the last message, or how things stand with a whole inventory that is to come first. */
  number: number | 'expected' | 'asked';
}

/** Who serves a layer range, as far as prefixes go. */
export interface StageHolders {
  /** Together: each page may lie with any of them. */
  readonly workers: readonly WorkerId[];
  readonly layers: LayerRange;
}

/**
 * Which worker holds which pages, as far as their inventories have told: soft state, a hint to clients.
 * A block key is kept once and stands for a small integer; each worker has a bitset of layers a block.
 */
export class PrefixIndex {
  private readonly ids = new Map<BlockKey, number>();
  private readonly keys: (BlockKey | undefined)[] = [];
  private readonly freeIds: number[] = [];
  private readonly workers = new Map<WorkerId, Holdings>();

  constructor(
    private readonly layers: number,
    private readonly maxBlocks: number,
  ) {}

  /** Blocks of which somebody holds a page. */
  get blocks(): number {
    return this.ids.size;
  }

  pagesOf(worker: WorkerId): number {
    return this.workers.get(worker)?.sets.size ?? 0;
  }

  holds(worker: WorkerId, { block, layer }: PageId): boolean {
    const id = this.ids.get(block);
    return id !== undefined && (this.workers.get(worker)?.sets.has(id, layer) ?? false);
  }

  /** Blocks of which the worker holds a page. */
  *blocksOf(worker: WorkerId): Generator<BlockKey> {
    const sets = this.workers.get(worker)?.sets;
    if (sets === undefined) return;
    for (const [key, id] of this.ids) if (!sets.isEmpty(id)) yield key;
  }

  apply(worker: WorkerId, { number, whole, added, removed }: InventoryPart): InventoryOutcome {
    if (whole) this.drop(worker);
    const holdings = this.workers.get(worker) ?? newHoldings(this.layers);
    this.workers.set(worker, holdings);
    if (!whole) {
      const last = holdings.number;
      if (last === 'asked') return { kind: 'awaited' };
      if (last === 'expected' || number > last + 1) {
        holdings.number = 'asked';
        return { kind: 'gap' };
      }
      if (number <= last) return { kind: 'repeated' };
    }
    holdings.number = number;
    for (const page of added) this.add(holdings.sets, page);
    for (const page of removed) this.remove(holdings.sets, page);
    return { kind: 'applied' };
  }

  /** The next change of the worker that is not a whole inventory is a gap. What it holds stays known. */
  expectWhole(worker: WorkerId): void {
    const holdings = this.workers.get(worker);
    if (holdings !== undefined) holdings.number = 'expected';
  }

  /** Forgets a worker and what only it holds. */
  drop(worker: WorkerId): void {
    const holdings = this.workers.get(worker);
    if (holdings === undefined) return;
    this.workers.delete(worker);
    for (const id of this.ids.values()) if (!holdings.sets.isEmpty(id)) this.forgetIfUnheld(id);
  }

  /**
   * The longest prefix of `chain`, in blocks and at most `limit`, that decoding can go on from: in every
   * stage one group of workers has what that takes.
   * @param stages who serves which layers; together all of the geometry's.
   */
  longestPrefix(
    geometry: Geometry,
    chain: readonly BlockKey[],
    limit: number,
    stages: readonly StageHolders[],
  ): number {
    let longest = Math.min(limit, chain.length);
    // Window layers need what lies before the very end, so a stage is asked again when another cuts it short.
    for (let before = -1; before !== longest; ) {
      before = longest;
      for (const stage of stages) longest = this.stagePrefix(geometry, chain, longest, stage);
    }
    return longest;
  }

  /** As `longestPrefix`, for one stage by itself. */
  stagePrefix(
    { layers, blockTokens }: Geometry,
    chain: readonly BlockKey[],
    limit: number,
    stage: StageHolders,
  ): number {
    const { from, to } = stage.layers;
    const ids = chain.slice(0, limit).map((key) => this.ids.get(key));
    const held = stage.workers.map((worker) => this.workers.get(worker)?.sets);
    return usablePrefix(layers.slice(from, to), blockTokens, ids.length, (layer, block) => {
      const id = ids[block];
      return id !== undefined && held.some((sets) => sets?.has(id, from + layer));
    });
  }

  /** Who holds pages of the block, and of how many layers. */
  holdersOf(block: BlockKey): { readonly worker: WorkerId; readonly pages: number }[] {
    const id = this.ids.get(block);
    if (id === undefined) return [];
    const holders = [...this.workers].map(([worker, { sets }]) => ({ worker, pages: sets.count(id) }));
    return holders.filter(({ pages }) => pages > 0);
  }

  private add(sets: LayerSets, { block, layer }: PageId): void {
    if (layer >= this.layers) return;
    let id = this.ids.get(block);
    if (id === undefined) {
      if (this.ids.size >= this.maxBlocks) return;
      id = this.freeIds.pop() ?? this.keys.length;
      this.keys[id] = block;
      this.ids.set(block, id);
    }
    sets.add(id, layer);
  }

  private remove(sets: LayerSets, { block, layer }: PageId): void {
    const id = this.ids.get(block);
    if (id !== undefined && sets.delete(id, layer)) this.forgetIfUnheld(id);
  }

  private forgetIfUnheld(id: number): void {
    for (const { sets } of this.workers.values()) if (!sets.isEmpty(id)) return;
    const key = this.keys[id];
    if (key === undefined) return;
    this.ids.delete(key);
    this.keys[id] = undefined;
    this.freeIds.push(id);
  }
}

function newHoldings(layers: number): Holdings {
  return { sets: new LayerSets(layers), number: 'expected' };
}
