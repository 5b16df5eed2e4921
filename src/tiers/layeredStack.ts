import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import type { TierStats } from '../core/tierStats.js';
import type { RequestKind } from '../policy/policyColumns.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { PageSeal } from '../transfer/lane.js';
import type { MoveOutcome } from '../transfer/moveOutcome.js';
import type { Borrow, Reserve } from '../transfer/pageHost.js';
import { type AttentionWeights, attentionWeights } from './attentionWeights.js';
import { blockHistory } from './blockHistory.js';
import type { BlockMode } from './blockMode.js';
import type { EffectRunner } from './effectRunner.js';
import { flushStack } from './flushStack.js';
import { type PageHandle, pageHandle } from './pageHandle.js';
import type { PageLoader } from './pageLoader.js';
import type { PageRequest } from './pageRequest.js';
import type { TierPolicyFigures } from './policyFigures.js';
import type { Scrubber } from './scrubber.js';
import { deviceFull, stackFull } from './stackFull.js';
import type { StackParts } from './stackParts.js';
import { stackStats } from './stackStats.js';
import {
  type FlushEnd,
  type InventoryListener,
  type Landed,
  type LoadOptions,
  type LoadOutcome,
  type LoadPriority,
  notInMemory,
  type PageHistory,
  type PagePlace,
  type RaiseOutcome,
  type RemoveEnd,
  type TailOutcome,
  type TierStack,
} from './tierStack.js';
import { wholePages } from './wholePages.js';

const absent = { kind: 'absent' } as const;
const missing = { kind: 'missing' } as const;
const cancelled: LoadOutcome = { kind: 'cancelled' };
const missed: LoadOutcome = { kind: 'miss' };

/** The stack over a page table: the table decides, this does. */
export class LayeredStack implements TierStack {
  readonly attention: AttentionWeights;
  readonly prefetched: TierStack['prefetched'];
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  readonly #loader: PageLoader;
  readonly #blockMode: BlockMode;
  readonly #scrubber: Scrubber;
  #isClosed = false;

  constructor(
    parts: StackParts,
    runner: EffectRunner,
    loader: PageLoader,
    blockMode: BlockMode,
    scrubber: Scrubber,
  ) {
    this.#parts = parts;
    this.attention = attentionWeights(parts.table);
    this.prefetched = parts.prefetched;
    this.#runner = runner;
    this.#loader = loader;
    this.#blockMode = blockMode;
    this.#scrubber = scrubber;
  }

  request(kind: RequestKind, chain?: () => readonly BlockKey[]): PageRequest {
    return this.#parts.requests.next(kind, chain);
  }

  ended(request: PageRequest): void {
    const { clock, listeners } = this.#parts;
    for (const listener of listeners) listener.ended(request, clock.monotonicMs());
  }

  async takeTail(layer: number): Promise<TailOutcome> {
    const { device, table } = this.#parts;
    if (device.slots === 0) return deviceFull(this.#parts);
    for (;;) {
      const { decision, effects } = table.takeTail();
      this.#runner.run(effects);
      if (decision === 'full' || this.#isClosed)
        return table.places.device.isAllTails ? deviceFull(this.#parts) : stackFull(this.#parts);
      if (decision === 'granted') {
        const slot = device.takeTail(layer);
        if (slot >= 0) return { kind: 'slot', slot };
        throw new KvError('internal', 'the page table counts more device slots than there are');
      }
      this.#loader.tailsWaiting += 1;
      await this.#runner.changed();
      this.#loader.tailsWaiting -= 1;
    }
  }

  dropTail(slot: number): void {
    this.#parts.device.dropTail(slot);
    this.#runner.tell({ kind: 'tailDropped' });
    this.#runner.roomChanged();
  }

  seal(
    slot: number,
    id: PageId,
    blockIndex: number,
    request: PageRequest | null = null,
  ): { readonly kind: 'sealed' | 'present'; readonly handle: PageHandle } {
    const { counters, device, log, pageBytes, table } = this.#parts;
    const checksum = pageChecksum(device.view(slot));
    const page = table.records.pageFor(id, blockIndex, checksum);
    const { handle } = page;
    const isKnown = table.places.isWhole(handle);
    if (isKnown && (table.places.isSeated(handle) || page.checksum !== checksum)) {
      this.dropTail(slot);
      this.#runner.tell({ kind: 'held', handle, request });
      return { kind: 'present', handle };
    }
    if (page.checksum !== checksum) table.records.replace(handle, checksum);
    device.adoptTail(slot, page);
    log.note(page, 'sealed on the device');
    counters.device.storedPages += 1;
    counters.device.storedBytes += pageBytes;
    this.#runner.tell({ kind: 'sealed', handle, request });
    this.#runner.roomChanged();
    return { kind: isKnown ? 'present' : 'sealed', handle };
  }

  has(page: PageId): boolean {
    return this.#wholeHandle(page) !== undefined;
  }

  whereIs(page: PageId): PagePlace {
    const handle = this.#wholeHandle(page);
    if (handle === undefined) return 'nowhere';
    const { device, pinned } = this.#parts.table.places;
    return device.isHot(handle) || pinned.isHere(handle) ? 'memory' : 'disk';
  }

  get loadBytesPerMs(): number | null {
    return this.#parts.engine.bytesPerMs('disk>device');
  }

  hold(
    page: PageId,
    request: PageRequest | null = null,
  ): { readonly kind: 'held'; readonly handle: PageHandle } | { readonly kind: 'missing' } {
    const handle = this.#wholeHandle(page);
    if (handle === undefined) return missing;
    this.#runner.tell({ kind: 'held', handle, request });
    return { kind: 'held', handle };
  }

  isHeld(handle: PageHandle): boolean {
    return this.#parts.table.records.isHeld(handle);
  }

  letGo(handle: PageHandle): void {
    this.#runner.tell({ kind: 'letGo', handle });
    this.#runner.roomChanged();
  }

  outOfWindow(handle: PageHandle): void {
    this.#runner.tell({ kind: 'leftWindow', handle });
    this.#runner.roomChanged();
  }

  use(
    handle: PageHandle,
  ): { readonly kind: 'resident'; readonly slot: number } | { readonly kind: 'absent' } {
    const { counters, device, table } = this.#parts;
    // A page in a staging slot is found by `load`, in the order of loads: pinning it here could take the
    // slot that a page read before it waits for.
    if (!table.places.device.isHot(handle)) {
      counters.device.misses += 1;
      return absent;
    }
    counters.device.hits += 1;
    this.#parts.prefetched.used(handle, 'device');
    const slot = device.wholeSlot(handle);
    this.#loader.pin(handle, slot);
    table.access(handle);
    return { kind: 'resident', slot };
  }

  loadNow(handle: PageHandle, landed?: Landed): number {
    if (this.#isClosed || this.#parts.device.slots === 0) return notInMemory;
    return this.#loader.loadNow(handle, landed);
  }

  load(handle: PageHandle, { priority, signal }: LoadOptions): Promise<LoadOutcome> {
    const { device, engine } = this.#parts;
    if (this.#isClosed) return Promise.resolve(cancelled);
    if (device.slots === 0) return Promise.resolve(missed);
    const task = this.#loader.taskFor(handle, priority);
    return new Promise((resolve) => {
      engine.request(task, (outcome) => resolve(this.#loaded(handle, outcome, priority)), signal);
    });
  }

  doneWith(slot: number): void {
    const handle = this.#parts.device.pageAt(slot);
    if (handle < 0) throw new KvError('internal', `slot ${slot} of the device holds no page`);
    this.#loader.unpin(pageHandle(handle), slot);
  }

  borrow(id: PageId, signal: AbortSignal): Borrow | Promise<Borrow> {
    return this.#blockMode.borrow(id, signal);
  }

  reserve(id: PageId, seal: PageSeal, signal: AbortSignal): Reserve {
    return this.#blockMode.reserve(id, seal, signal);
  }

  raise(id: PageId, priority: LoadPriority, signal: AbortSignal): Promise<RaiseOutcome> {
    return this.#blockMode.raise(id, priority, signal);
  }

  remove(id: PageId): Promise<RemoveEnd> {
    return this.#blockMode.remove(id);
  }

  shadowFigures(): ShadowFigures | null {
    return this.#parts.shadows?.figures() ?? null;
  }

  policies(): readonly TierPolicyFigures[] {
    const { policies, table } = this.#parts;
    return policies.figures(table);
  }

  async setPolicy(...[kind, given]: Parameters<TierStack['setPolicy']>): Promise<void> {
    const { pacer, policies, table } = this.#parts;
    await policies.set(kind, given, table, () => pacer.next());
  }

  setPinnedBlocks(blocks: Iterable<BlockKey>): void {
    this.#runner.tell({ kind: 'pinsChanged', blocks });
    this.#runner.roomChanged();
  }

  onInventory(listener: InventoryListener): () => void {
    return this.#runner.onInventory(listener);
  }

  inventory(): Iterable<PageId> {
    return wholePages(this.#parts.table);
  }

  stats(): readonly TierStats[] {
    return stackStats(this.#parts);
  }

  explain(block: BlockKey): readonly PageHistory[] {
    return blockHistory(this.#parts, block);
  }

  async flush(): Promise<FlushEnd> {
    return await flushStack(this.#parts, this.#runner);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.recovery?.close();
    await this.#blockMode.close();
    await this.#scrubber.stop();
    this.#runner.run(this.#parts.table.beginClose());
    while (!this.#parts.table.isDiskIdle) await this.#runner.changed();
    await this.#parts.disk?.flush();
    await this.#parts.engine.close();
    this.#runner.roomChanged();
    await this.#parts.disk?.close();
  }

  #loaded(handle: PageHandle, outcome: MoveOutcome, priority: LoadPriority): LoadOutcome {
    const { device, prefetched, table } = this.#parts;
    if (outcome.kind !== 'moved') return outcome.kind === 'full' ? { kind: 'miss' } : outcome;
    const { from, bytes, ms } = outcome;
    if (from === 'client' || from === 'peer') {
      throw new KvError('internal', `a page came to the device from ${from}`);
    }
    if (priority === 'load') prefetched.used(handle, 'device');
    const slot = device.wholeSlot(handle);
    this.#loader.pin(handle, slot);
    table.access(handle);
    return { kind: 'hit', slot, from, bytes, ms };
  }

  #wholeHandle(page: PageId): PageHandle | undefined {
    const { table } = this.#parts;
    const handle = table.records.find(page);
    return handle !== undefined && table.places.isWhole(handle) ? handle : undefined;
  }
}
