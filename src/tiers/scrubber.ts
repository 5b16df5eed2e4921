import type { Cancel, Clock } from '../core/ports/clock.js';
import type { PageHandle } from './pageHandle.js';
import { type ScrubBounds, type ScrubTurn, scrubDelayMs } from './scrubPace.js';

export interface ScrubberParts {
  readonly clock: Clock;
  readonly bounds: ScrubBounds;
  /** All pages; may be left off anywhere, and pages may come and go meanwhile. */
  readonly pages: () => Iterable<PageHandle>;
  /** Whether steps are loading pages. */
  readonly isBusy: () => boolean;
  readonly checker: {
    /** Verifies the copies of a page; answers how many bytes were read for it. Does not reject. */
    check(page: PageHandle): Promise<number>;
    /** No page is checked any more. */
    close(): void;
  };
}

/** Goes through all pages in rounds, in the background, one page at a time. */
export class Scrubber {
  readonly #parts: ScrubberParts;
  #round: Iterator<PageHandle> | undefined;
  #roundBytes = 0;
  #cancel: Cancel | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: ScrubberParts) {
    this.#parts = parts;
  }

  start(): void {
    const { bytesPerSecond, startDelayMs } = this.#parts.bounds;
    if (bytesPerSecond > 0) this.#wait(startDelayMs);
  }

  /** Waits for the page that is being checked. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#turn;
    this.#parts.checker.close();
  }

  #wait(delayMs: number): void {
    this.#cancel = this.#parts.clock.setTimer(delayMs, () => {
      this.#turn = this.#take();
    });
  }

  async #take(): Promise<void> {
    const turn = this.#parts.isBusy() ? ({ kind: 'busy' } as const) : await this.#checkNext();
    if (!this.#isStopped) this.#wait(scrubDelayMs(turn, this.#parts.bounds));
  }

  async #checkNext(): Promise<ScrubTurn> {
    const { bounds, checker, clock, pages } = this.#parts;
    const startMs = clock.monotonicMs();
    for (let passed = 0; passed < bounds.passedOverMax; passed += 1) {
      this.#round ??= pages()[Symbol.iterator]();
      const next = this.#round.next();
      if (next.done) {
        const wasEmpty = this.#roundBytes === 0;
        this.#round = undefined;
        this.#roundBytes = 0;
        if (wasEmpty) return { kind: 'emptyRound' };
        continue;
      }
      const bytes = await checker.check(next.value);
      this.#roundBytes += bytes;
      if (bytes > 0) return { kind: 'checked', bytes, tookMs: clock.monotonicMs() - startMs };
      if (this.#isStopped) break;
    }
    return { kind: 'passedOver' };
  }
}
