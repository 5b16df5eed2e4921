import type { PageId } from '../core/pageId.js';
import type { PageSeal } from '../transfer/lane.js';
import type { Borrow, Reserve } from '../transfer/pageHost.js';
import type { EffectRunner } from './effectRunner.js';
import { PageBuffers } from './pageBuffers.js';
import { PageIntake } from './pageIntake.js';
import { PageLender } from './pageLender.js';
import type { PageLoader } from './pageLoader.js';
import { PageRaiser } from './pageRaiser.js';
import type { StackParts } from './stackParts.js';
import type { LoadPriority, RaiseOutcome, RemoveEnd } from './tierStack.js';

const cancelled = { kind: 'cancelled' } as const;
const full: RaiseOutcome = { kind: 'full' };
const here: RaiseOutcome = { kind: 'here' };
const miss: RaiseOutcome = { kind: 'miss' };
const raised: RaiseOutcome = { kind: 'raised' };
const absent: RemoveEnd = { kind: 'absent' };
const held: RemoveEnd = { kind: 'held' };
const removed: RemoveEnd = { kind: 'removed' };

/** What a stack is to those who come for pages by key. */
export class BlockMode {
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  readonly #lender: PageLender;
  readonly #intake: PageIntake;
  readonly #raiser: PageRaiser;
  #isClosed = false;

  constructor(parts: StackParts, runner: EffectRunner, loader: PageLoader) {
    const buffers = new PageBuffers(parts.bounds.lentBufferBytesMax, parts.pageBytes);
    this.#parts = parts;
    this.#runner = runner;
    this.#raiser = new PageRaiser(parts, runner, loader, buffers);
    this.#lender = new PageLender(parts, runner, loader, this.#raiser, buffers);
    this.#intake = new PageIntake(parts, runner);
  }

  borrow(id: PageId, signal: AbortSignal): Borrow | Promise<Borrow> {
    return this.#isClosed || signal.aborted ? cancelled : this.#lender.borrow(id, signal);
  }

  reserve(id: PageId, seal: PageSeal, signal: AbortSignal): Reserve {
    return this.#isClosed || signal.aborted ? cancelled : this.#intake.reserve(id, seal);
  }

  raise(id: PageId, priority: LoadPriority, signal: AbortSignal): Promise<RaiseOutcome> {
    const { pinned, prefetched, table } = this.#parts;
    const handle = table.records.find(id);
    if (handle === undefined || !table.places.isWhole(handle)) return Promise.resolve(miss);
    if (pinned.wholeSlot(handle) >= 0 || table.places.device.isHot(handle)) return Promise.resolve(here);
    return new Promise((resolve) => {
      this.#raiser.bring(
        handle,
        priority,
        false,
        (outcome) => {
          if (outcome.kind !== 'moved') return resolve(outcome);
          const isRaised = pinned.wholeSlot(handle) >= 0;
          if (isRaised && outcome.from === 'disk' && priority === 'prefetch')
            prefetched.brought(handle, 'pinned');
          resolve(isRaised ? raised : full);
        },
        signal,
      );
    });
  }

  async remove(id: PageId): Promise<RemoveEnd> {
    const { table } = this.#parts;
    const handle = table.records.find(id);
    if (handle === undefined || !table.places.isKnown(handle)) return absent;
    const { isOut, effects } = table.takeOut(handle);
    if (!isOut) return held;
    this.#runner.run(effects);
    this.#runner.roomChanged();
    const end = await this.#runner.gone(handle);
    return end.kind === 'failed' ? end : removed;
  }

  /** Refuses what comes from now on, and waits until everything lent is back and no room is reserved. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#lender.loans > 0 || this.#intake.rooms > 0) await this.#runner.changed();
  }
}
