import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { MoveOutcome } from '../transfer/moveOutcome.js';
import type { Borrow, HostThrottled, PageLoan } from '../transfer/pageHost.js';
import type { EffectRunner } from './effectRunner.js';
import type { PageBuffers } from './pageBuffers.js';
import type { PageHandle } from './pageHandle.js';
import type { PageLoader } from './pageLoader.js';
import type { Arrival, PageRaiser } from './pageRaiser.js';
import type { StackParts } from './stackParts.js';
import type { StoredPage } from './tier.js';

/** A buffer that pages are lent out of, to everybody who asks for the page while it is lent. */
interface LentBuffer {
  readonly page: StoredPage;
  readonly view: PageView;
  /** Of what is in it, which may have lost bits of the page. */
  readonly checksum: bigint;
  loans: number;
}

const miss: Borrow = { kind: 'miss' };

/** Lends pages where they lie; what is lent stays and keeps its bytes. */
export class PageLender {
  /** Loans that are out. */
  loans = 0;
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  readonly #loader: PageLoader;
  readonly #raiser: PageRaiser;
  readonly #buffers: PageBuffers;
  readonly #lentBuffers = new Map<PageHandle, LentBuffer>();
  readonly #throttled: HostThrottled;

  constructor(
    parts: StackParts,
    runner: EffectRunner,
    loader: PageLoader,
    raiser: PageRaiser,
    buffers: PageBuffers,
  ) {
    this.#parts = parts;
    this.#runner = runner;
    this.#loader = loader;
    this.#raiser = raiser;
    this.#buffers = buffers;
    this.#throttled = { kind: 'throttled', retryAfterMs: parts.bounds.retryAfterMs };
  }

  borrow(id: PageId, signal: AbortSignal): Borrow | Promise<Borrow> {
    const { table } = this.#parts;
    const handle = table.records.find(id);
    if (handle === undefined || !table.places.isWhole(handle)) return miss;
    const lent = this.#lendNow(handle);
    if (lent !== undefined) return lent;
    return new Promise((resolve) => {
      const heard = (outcome: MoveOutcome, arrival: Arrival) =>
        resolve(this.#arrived(handle, outcome, arrival));
      this.#raiser.bring(handle, 'load', true, heard, signal);
    });
  }

  #lendNow(handle: PageHandle): Borrow | undefined {
    const { device, pinned, table } = this.#parts;
    const page = table.records.page(handle);
    const slot = pinned.wholeSlot(handle);
    const isEncoded = pinned.encoded !== null;
    if (slot >= 0 && !isEncoded && this.#isRight(page, pinned.view(slot), 'pinned'))
      return this.#lendPinned(page, slot);
    const hotSlot = table.places.device.isHot(handle) ? device.wholeSlot(handle) : -1;
    const checksum = hotSlot < 0 ? page.checksum : device.convertedTo(hotSlot) || page.checksum;
    const hot = checksum === page.checksum ? page : { ...page, checksum };
    if (hotSlot >= 0 && this.#isRight(hot, device.view(hotSlot), 'device'))
      return this.#lendHot(hot, hotSlot);
    const buffer = this.#lentBuffers.get(handle);
    if (buffer !== undefined && isSame(buffer.page, page)) return this.#lendBuffer(buffer);
    const decoded = isEncoded && slot >= 0 ? this.#lendDecoded(page, slot) : undefined;
    if (decoded !== undefined) return decoded;
    if (table.places.disk.isHere(handle)) return undefined;
    return { kind: 'corrupt', reason: 'its bytes in memory do not match its checksum' };
  }

  /** Lends an encoded page as it comes out, out of a buffer: nobody else could read it where it lies. */
  #lendDecoded(page: StoredPage, slot: number): Borrow | undefined {
    const { counters, pinned, verify } = this.#parts;
    const view = this.#buffers.take();
    if (view === null) return this.#throttled;
    const checksum = pinned.encoded?.decode(slot, view, verify) ?? null;
    if (checksum === null) {
      this.#buffers.giveBack(view);
      this.#noteWrong(page, 'pinned');
      return undefined;
    }
    counters.pinned.hits += 1;
    this.#parts.prefetched.used(page.handle, 'pinned');
    const buffer: LentBuffer = { page, view, checksum, loans: 0 };
    this.#lentBuffers.set(page.handle, buffer);
    return this.#lendBuffer(buffer);
  }

  #lendPinned(page: StoredPage, slot: number): Borrow {
    const { pinned, table } = this.#parts;
    const { handle } = page;
    pinned.pin(slot);
    table.beginRead(handle, 'pinned');
    this.#parts.counters.pinned.hits += 1;
    this.#parts.prefetched.used(page.handle, 'pinned');
    return this.#lend(page, pinned.view(slot), pinned.sharedSlot(slot), pinned.generation(slot), () => {
      pinned.unpin(slot);
      this.#runner.run(table.endRead(handle, 'pinned'));
    });
  }

  #lendHot(page: StoredPage, slot: number): Borrow {
    const { handle } = page;
    this.#loader.pin(handle, slot);
    this.#parts.counters.device.hits += 1;
    return this.#lend(page, this.#parts.device.view(slot), -1, 0, () => this.#loader.unpin(handle, slot));
  }

  #lendBuffer(buffer: LentBuffer): Borrow {
    buffer.loans += 1;
    const { page, view, checksum } = buffer;
    return this.#lend({ ...page, checksum }, view, -1, 0, () => {
      buffer.loans -= 1;
      if (buffer.loans === 0) this.#drop(buffer);
    });
  }

  #lend(
    page: StoredPage,
    view: PageView,
    sharedSlot: number,
    generation: number,
    release: () => void,
  ): Borrow {
    const { id, blockIndex, checksum } = page;
    let isOut = true;
    this.loans += 1;
    const giveBack = () => {
      if (!isOut) throw new KvError('internal', 'a lent page was given back twice');
      isOut = false;
      this.loans -= 1;
      release();
      this.#runner.roomChanged();
    };
    const loan: PageLoan = { id, blockIndex, checksum, view, sharedSlot, generation, giveBack };
    return { kind: 'borrowed', loan };
  }

  #arrived(handle: PageHandle, outcome: MoveOutcome, arrival: Arrival): Borrow {
    switch (outcome.kind) {
      case 'moved':
        return this.#lendArrived(handle, arrival);
      case 'full':
        return this.#throttled;
      case 'corrupt':
        return { kind: 'corrupt', reason: 'its bytes on disk do not match its checksum' };
      case 'failed':
        return isRefused(outcome.cause) ? this.#throttled : outcome;
      default:
        return outcome;
    }
  }

  #lendArrived(handle: PageHandle, arrival: Arrival): Borrow {
    const { buffer: view, checksum } = arrival;
    if (view === null) return this.#lendNow(handle) ?? miss;
    const buffer: LentBuffer = { page: this.#parts.table.records.page(handle), view, checksum, loans: 0 };
    arrival.buffer = null;
    this.#lentBuffers.set(handle, buffer);
    const lent = this.#lendNow(handle) ?? miss;
    if (buffer.loans === 0) this.#drop(buffer); // another tier has it too by now
    return lent;
  }

  #drop(buffer: LentBuffer): void {
    const { handle } = buffer.page;
    if (this.#lentBuffers.get(handle) === buffer) this.#lentBuffers.delete(handle);
    this.#buffers.giveBack(buffer.view);
  }

  #isRight(page: StoredPage, view: PageView, tier: 'device' | 'pinned'): boolean {
    if (this.#parts.verify === 'boundary' || pageChecksum(view) === page.checksum) return true;
    this.#noteWrong(page, tier);
    return false;
  }

  #noteWrong(page: StoredPage, tier: 'device' | 'pinned'): void {
    const { counters, log, pinned } = this.#parts;
    counters[tier].corrupt += 1;
    log.note(page, tier === 'pinned' ? 'corrupt in pinned memory' : 'corrupt on the device');
    const { handle } = page;
    if (tier === 'pinned' && pinned.remove(page).kind === 'removed') {
      this.#runner.tell({ kind: 'lost', handle, tier });
    }
  }
}

/** The engine's queue is full. */
function isRefused(cause: unknown): boolean {
  return cause instanceof KvError && cause.kind === 'exhausted';
}

function isSame(one: StoredPage, other: StoredPage): boolean {
  return (
    one.id.block === other.id.block && one.id.layer === other.id.layer && one.checksum === other.checksum
  );
}
