import type { PageView } from '../core/pageView.js';
import type { MoveOutcome } from '../transfer/moveOutcome.js';
import type { TransferTask } from '../transfer/transferEngine.js';
import type { DiskTier } from './diskTier.js';
import type { EffectRunner } from './effectRunner.js';
import type { EncodedSlots } from './encodedSlots.js';
import type { PageBuffers } from './pageBuffers.js';
import type { PageHandle } from './pageHandle.js';
import type { PageLoader } from './pageLoader.js';
import { type StackParts, transferKey } from './stackParts.js';
import type { LoadLease, ReadOutcome } from './tier.js';
import type { LoadPriority } from './tierStack.js';

/** A page on its way from disk to memory; those who ask for it at once share it. */
export interface Arrival {
  /** Where it is read to when pinned memory does not take it: set while somebody may be lent it from there. */
  buffer: PageView | null;
  /** Of what is in the buffer. */
  checksum: bigint;
}

interface Coming extends Arrival {
  readonly handle: PageHandle;
  mayUseBuffer: boolean;
  waiters: number;
  isRunning: boolean;
  /** Taken in pinned memory, or -1. */
  slot: number;
  isWhole: boolean;
}

/** Told once. On `moved` the page is in pinned memory or in the arrival's buffer, until the listener returns. */
export type ArrivalListener = (outcome: MoveOutcome, arrival: Arrival) => void;

/** Brings pages from disk to pinned memory, or to a buffer where that does not take them and somebody borrows. */
export class PageRaiser {
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  readonly #loader: PageLoader;
  readonly #buffers: PageBuffers;
  readonly #coming = new Map<PageHandle, Coming>();

  constructor(parts: StackParts, runner: EffectRunner, loader: PageLoader, buffers: PageBuffers) {
    this.#parts = parts;
    this.#runner = runner;
    this.#loader = loader;
    this.#buffers = buffers;
  }

  /**
   * Asks for a page that is on disk. `full`: pinned memory does not take it, and there is no buffer for it.
   * @param mayUseBuffer the listener keeps the buffer (it sets `arrival.buffer` to null) or leaves it.
   */
  bring(
    handle: PageHandle,
    priority: LoadPriority,
    mayUseBuffer: boolean,
    listener: ArrivalListener,
    signal: AbortSignal,
  ): void {
    const coming = this.#coming.get(handle) ?? this.#expect(handle);
    coming.mayUseBuffer ||= mayUseBuffer;
    coming.waiters += 1;
    const heard = (outcome: MoveOutcome) => {
      coming.waiters -= 1;
      listener(outcome, coming);
      if (coming.waiters === 0 && !coming.isRunning) this.#forget(coming);
    };
    this.#parts.engine.request(this.#taskFor(coming, priority), heard, signal);
  }

  /** Its copy on disk stays, and with it its handle, until nobody waits for it any more. */
  #expect(handle: PageHandle): Coming {
    const coming: Coming = {
      handle,
      buffer: null,
      checksum: 0n,
      mayUseBuffer: false,
      waiters: 0,
      isRunning: false,
      slot: -1,
      isWhole: false,
    };
    this.#coming.set(handle, coming);
    this.#parts.table.beginRead(handle, 'disk');
    return coming;
  }

  #forget(coming: Coming): void {
    const { handle } = coming;
    this.#coming.delete(handle);
    this.#runner.run(this.#parts.table.endRead(handle, 'disk'));
    this.#runner.roomChanged();
  }

  #taskFor(coming: Coming, priority: LoadPriority): TransferTask {
    return {
      key: transferKey(coming.handle, 'pinned'),
      class: priority,
      bytes: this.#parts.pageBytes,
      to: 'pinned',
      reserve: () => {
        coming.isRunning = true;
        this.#takeRoom(coming);
        return true;
      },
      move: () => this.#move(coming),
      settled: () => this.#settle(coming),
    };
  }

  #takeRoom(coming: Coming): void {
    const { pinned, table } = this.#parts;
    const { handle } = coming;
    const whole = pinned.wholeSlot(handle);
    if (whole >= 0) {
      this.#land(coming, whole);
      return;
    }
    const { isTaken, effects } = table.takePinned(handle);
    this.#runner.run(effects);
    if (isTaken) coming.slot = pinned.begin(handle, table.records.layerOf(handle));
    else if (coming.mayUseBuffer) coming.buffer = this.#buffers.take();
  }

  async #move(coming: Coming): Promise<MoveOutcome> {
    if (coming.isWhole) return { kind: 'moved', from: 'pinned', bytes: 0, ms: 0 };
    const { clock, disk, pageBytes, pinned, table } = this.#parts;
    const { handle, slot } = coming;
    if (slot < 0 && coming.buffer === null) return { kind: 'full' };
    const startMs = clock.monotonicMs();
    const page = table.records.page(handle);
    const start = disk?.prepareLoad(page);
    let outcome: MoveOutcome = { kind: 'miss' };
    let isConverted = false;
    if (disk !== null && start?.kind === 'hit') {
      const read = await this.#read(coming, disk, start.lease);
      disk.completeLoad(start.lease);
      this.#loader.noteDiskRead(handle, read);
      isConverted = pinned.encoded === null && read.kind === 'read' && read.convertedTo !== undefined;
      const ms = clock.monotonicMs() - startMs;
      if (read.kind === 'read') outcome = { kind: 'moved', from: 'disk', bytes: pageBytes, ms };
      else outcome = read.kind === 'corrupt' ? { kind: 'corrupt' } : read;
    }
    // What was computed anew meanwhile may differ from what was read.
    const isAnother = !isConverted && page.checksum !== table.records.checksumOf(handle);
    if (isAnother) outcome = { kind: 'miss' };
    this.#arrive(coming, outcome);
    return outcome;
  }

  /** Reads the page to its slot, or else to its buffer. */
  async #read(coming: Coming, disk: DiskTier, lease: LoadLease): Promise<ReadOutcome> {
    const { pinned, table } = this.#parts;
    const { handle, slot, buffer } = coming;
    if (slot >= 0 && pinned.encoded !== null) return readEncoded(disk, lease, pinned.encoded, slot);
    const into = slot >= 0 ? pinned.view(slot) : buffer!; // one of them is there, or nothing is read
    const outcome = await lease.read(into);
    this.#loader.settleConverted(handle, outcome, into);
    coming.checksum = table.records.checksumOf(handle);
    if (pinned.encoded !== null && outcome.kind === 'read' && outcome.convertedTo !== undefined)
      coming.checksum = outcome.convertedTo;
    return outcome;
  }

  #arrive(coming: Coming, outcome: MoveOutcome): void {
    const { counters, hooks, log, pinned, table } = this.#parts;
    const { handle, slot } = coming;
    const ok = outcome.kind === 'moved';
    if (ok) counters.disk.hits += 1;
    if (slot < 0) {
      coming.isWhole = ok;
      return;
    }
    pinned.finish(slot, ok);
    if (ok) {
      this.#land(coming, slot);
      counters.pinned.storedPages += 1;
      counters.pinned.storedBytes += outcome.bytes;
      log.noteOf(table.records, handle, 'stored in pinned memory');
      hooks.stored?.('pinned', outcome.bytes, outcome.ms);
    } else coming.slot = -1;
    this.#runner.tell({ kind: 'stored', handle, to: 'pinned', ok });
  }

  /** It stays in the slot until everybody who waits has heard and pinned it. */
  #land(coming: Coming, slot: number): void {
    coming.slot = slot;
    coming.isWhole = true;
    this.#parts.pinned.pin(slot);
    this.#parts.table.beginRead(coming.handle, 'pinned');
  }

  #settle(coming: Coming): void {
    const { pinned, table } = this.#parts;
    const { handle, slot } = coming;
    if (slot >= 0) {
      pinned.unpin(slot);
      this.#runner.run(table.endRead(handle, 'pinned'));
    }
    if (coming.buffer !== null) this.#buffers.giveBack(coming.buffer);
    coming.isRunning = false;
    this.#forget(coming);
  }
}

/** Reads a page to a slot that keeps it encoded: as it lies where it is encoded so, and else through a buffer. */
async function readEncoded(
  disk: DiskTier,
  lease: LoadLease,
  slots: EncodedSlots,
  slot: number,
): Promise<ReadOutcome> {
  if (disk.isMadeBy(lease.page, slots.codec)) {
    const outcome = await disk.readEncoded(lease, slots.page(slot).bytes);
    if (outcome.kind !== 'read') return outcome;
    slots.fill(slot, outcome.encodedChecksum);
    return { kind: 'read' };
  }
  const scratch = slots.takeScratch();
  try {
    const outcome = await lease.read(scratch);
    if (outcome.kind === 'read') slots.encode(slot, scratch, outcome.convertedTo ?? lease.page.checksum);
    return outcome;
  } finally {
    slots.giveBack(scratch);
  }
}
