import { setMaxListeners } from 'node:events';
import { KvError } from '../core/errors.js';
import type { StallCause } from '../core/stallCause.js';
import type { TierName } from '../core/tierName.js';
import type { Board } from '../memory/board.js';
import { type LoadOutcome, noSlotNow, notInMemory, onItsWay } from '../tiers/tierStack.js';
import { LoadCounts, type LoadTrace } from './loadCounts.js';
import { ReadFront } from './readFront.js';
import type { StepFeedOptions } from './stepFeedOptions.js';
import type { StepPage } from './stepPage.js';

type Arrived = Pick<Extract<LoadOutcome, { kind: 'hit' }>, 'slot' | 'from' | 'ms'>;

/** Loads of one job that may be waiting for the disk or for a slot at once. */
const loadsInFlightMax = 16;
/** Pages copied from pinned memory before the kernel is told: longer runs, fewer wake-ups. */
const pagesPerAnnouncement = 4;
/** Copies go on without a look at the process's other work for this long at most. */
const unyieldingMsMax = 4;

/** Keeps the board of one job filled. */
export class StepFeed {
  readonly #options: StepFeedOptions;
  readonly #slots: Int32Array;
  /** Entries that have to be loaded, in order. */
  readonly #absent: number[] = [];
  /** Loaded entries whose slots have not been given back. */
  #unread: number[] = [];
  /** Made with the first load that has to wait. */
  #abort: AbortController | null = null;
  /** Pages that the kernel has not been told of. */
  #unannounced = 0;
  readonly #loads: LoadCounts;
  readonly #front: ReadFront;
  /** Entries that were on the device, in order, from `#freed` on with their slots. */
  readonly #resident: number[] = [];
  #freed = 0;
  #inFlight = 0;
  /** Of those in flight, the ones on the link from pinned memory. */
  #crossing = 0;
  #wake: () => void = () => {};
  #stopped = false;
  /** What ended it, and the part that it befell. */
  failure: { readonly error: KvError; readonly part: number } | null = null;

  constructor(options: StepFeedOptions) {
    this.#options = options;
    this.#slots = new Int32Array(options.pages.length).fill(-1);
    this.#loads = new LoadCounts(options.pageBytes);
    this.#front = new ReadFront(options.board, options.pages.length);
  }

  get board(): Board {
    return this.#options.board;
  }

  traceOf(part: number): LoadTrace {
    return this.#loads.of(part);
  }

  /** The first pages that had to be brought, those that were chosen aside: the next step may choose others. */
  absent(most: number): StepPage[] {
    const { choices, pages } = this.#options;
    const always = choices == null ? this.#absent : this.#absent.filter((entry) => choices[entry] !== 1);
    return always.slice(0, most).map((entry) => pages[entry]!);
  }

  pinResident(): void {
    this.#options.pages.forEach(({ handle }, entry) => {
      const found = this.#options.stack.use(handle);
      if (found.kind === 'resident') {
        this.#place(entry, found.slot, null);
        this.#resident.push(entry);
      } else this.#absent.push(entry);
    });
  }

  async run(): Promise<void> {
    let next = 0;
    let yieldedMs = this.#options.clock.monotonicMs();
    while (!this.#stopped && this.failure === null) {
      const seen = this.#options.board.changes('compute');
      this.#reap();
      while (next < this.#absent.length && this.#pass(this.#absent[next]!)) next += 1;
      this.#announce();
      const isAllLoaded = next === this.#absent.length && this.#inFlight === 0;
      // Slots of what was read go back as soon as that: another lane's job may wait for them.
      if (isAllLoaded && this.#unread.length === 0) return;
      const mayStay = !isAllLoaded && this.#options.clock.monotonicMs() - yieldedMs < unyieldingMsMax;
      if (this.#inFlight === 0 && mayStay && this.#options.board.changedSoon('compute', seen)) continue;
      const settled = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([this.#options.board.nextChange('compute', seen), settled]);
      yieldedMs = this.#options.clock.monotonicMs();
    }
    // What was started ends before the slots are given back.
    while (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The kernel has ended; loads that are still wanted no longer are. */
  stop(): void {
    this.#stopped = true;
    this.#abort?.abort();
    this.#wake();
  }

  fail(error: KvError, part: number): void {
    // The board may be another job's by now.
    if (this.#stopped) return;
    this.failure ??= { error, part };
    this.#options.board.cancel();
    this.stop();
  }

  /** Gives back every slot of the step. */
  release(): void {
    for (const slot of this.#slots) if (slot >= 0) this.#options.stack.doneWith(slot);
    this.#slots.fill(-1);
  }

  /**
   * Starts what has to be loaded of an entry; false when it cannot be passed yet. Behind an entry that is not
   * chosen yet nothing is loaded: pages of later layers could take all slots before it has one.
   */
  #pass(entry: number): boolean {
    const { board, choices, gate } = this.#options;
    if (gate != null && this.#front.reached() < gate.opensAt(entry)) return false;
    if (choices?.[entry] === 1) {
      const state = board.state(entry);
      if (state === 'pending') return false;
      if (state === 'consumed') return true;
    }
    return this.#start(entry);
  }

  /** False when nothing more can be started before something ends. */
  #start(entry: number): boolean {
    if (this.#inFlight >= loadsInFlightMax) return false;
    const { handle } = this.#options.pages[entry]!;
    if (this.#options.freesRead === true) this.#freeRead();
    const startedMs = this.#options.clock.monotonicMs();
    const landed = (slot: number, ms: number) => this.#crossed(entry, slot, ms);
    const slot =
      this.#inFlight === this.#crossing ? this.#options.stack.loadNow(handle, landed) : notInMemory;
    if (slot >= 0) {
      const from = this.#options.ahead.cameFrom(handle) ?? 'pinned';
      this.#count(entry, from, this.#options.clock.monotonicMs() - startedMs);
      this.#place(entry, slot, 'pinned');
      this.#unread.push(entry);
      this.#unannounced += 1;
      if (this.#unannounced >= pagesPerAnnouncement) this.#announce();
      return true;
    }
    if (slot === onItsWay) {
      this.#inFlight += 1;
      this.#crossing += 1;
      return true;
    }
    // A slot of this step that is being read or filled falls free sooner than a queued load is served.
    if (slot === noSlotNow && this.#unread.length + this.#crossing > 0) return false;
    this.#request(entry, slot === noSlotNow);
    return true;
  }

  /** Asks for a page that is on disk, or for which there is no slot now. */
  #request(entry: number, wasRefused: boolean): void {
    const { handle } = this.#options.pages[entry]!;
    const askedMs = this.#options.clock.monotonicMs();
    this.#inFlight += 1;
    this.#options.stack.load(handle, { priority: 'load', signal: this.#signal() }).then(
      (outcome) => {
        const waitedMs = this.#options.clock.monotonicMs() - askedMs;
        const hadNoRoom = wasRefused && outcome.kind === 'hit' && waitedMs > 2 * outcome.ms;
        this.#landed(entry, outcome, hadNoRoom);
      },
      (error: unknown) => this.#lost(entry, 'internal', 'could not be loaded', error),
    );
  }

  /** The link brought the page, or the copy in pinned memory was no good. */
  #crossed(entry: number, slot: number, ms: number): void {
    this.#crossing -= 1;
    if (slot < 0) {
      // Asked for again it would come behind loads of later layers, which may have all slots until it is read.
      this.#lost(entry, 'corrupt', 'was found corrupt in pinned memory', undefined);
      return;
    }
    this.#arrived(entry, { slot, from: 'pinned', ms }, 'link');
    this.#ended();
  }

  #arrived(entry: number, { slot, from, ms }: Arrived, cause: StallCause): void {
    this.#count(entry, from, ms);
    this.#unread.push(entry);
    this.#place(entry, slot, cause);
    this.#options.board.announce();
  }

  #landed(entry: number, outcome: LoadOutcome, hadNoRoom: boolean): void {
    if (outcome.kind === 'hit') {
      const cause = outcome.from === 'disk' ? 'disk' : this.#options.memoryCause;
      this.#arrived(entry, outcome, hadNoRoom ? 'slot' : cause);
      this.#ended();
    } else if (outcome.kind === 'cancelled') this.#ended();
    else if (outcome.kind === 'miss') this.#lost(entry, 'lost', 'is gone', undefined);
    else if (outcome.kind === 'corrupt') this.#lost(entry, 'corrupt', 'was found corrupt', undefined);
    else this.#lost(entry, 'lost', 'could not be read', outcome.cause);
  }

  #lost(entry: number, kind: 'lost' | 'corrupt' | 'internal', what: string, cause: unknown): void {
    const { page, block } = this.#options.pages[entry]!;
    const message = `the page of block ${block} in layer ${page.layer} ${what}; recompute it`;
    const error = new KvError(kind, message, { context: { layer: page.layer, block }, cause });
    this.fail(error, this.#options.partOf[entry]!);
    this.#ended();
  }

  #ended(): void {
    this.#inFlight -= 1;
    this.#wake();
  }

  #place(entry: number, slot: number, lateFor: StallCause | null): void {
    this.#slots[entry] = slot;
    this.#options.board.place(entry, slot, lateFor);
  }

  #announce(): void {
    if (this.#unannounced === 0) return;
    this.#unannounced = 0;
    this.#options.board.announce();
  }

  #signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      // Each load under way listens; that is no leak.
      setMaxListeners(loadsInFlightMax + 1, this.#abort.signal);
    }
    return this.#abort.signal;
  }

  #count(entry: number, from: TierName, ms: number): void {
    this.#loads.add(this.#options.partOf[entry]!, from, ms);
  }

  /** Gives back the slots of pages that were on the device, as far as everything before them was read too. */
  #freeRead(): void {
    const reached = this.#front.reached();
    for (; this.#freed < this.#resident.length; this.#freed += 1) {
      const entry = this.#resident[this.#freed]!;
      if (entry >= reached) return;
      this.#options.stack.doneWith(this.#slots[entry]!);
      this.#slots[entry] = -1;
    }
  }

  /** Gives back the slots of pages that were loaded and have been read. */
  #reap(): void {
    this.#unread = this.#unread.filter((entry) => {
      if (this.#options.board.state(entry) !== 'consumed') return true;
      this.#options.stack.doneWith(this.#slots[entry]!);
      this.#slots[entry] = -1;
      return false;
    });
  }
}
