import { copyPage, type PageView } from '../core/pageView.js';
import type { Clock } from '../core/ports/clock.js';
import type { LinkFigures, PageLink } from '../core/ports/pageLink.js';

export interface LinkDoubleOptions {
  readonly bytesPerSecond: number;
  /** Of every page, beside the time that its bytes take; pages overlap in it. */
  readonly latencyUs: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Calls `fire` about `delayMs` later; what comes too early is asked for again. */
  after(delayMs: number, fire: () => void): void;
}

interface Crossing {
  readonly from: PageView;
  readonly to: PageView;
  readonly dueMs: number;
  readonly landed: () => void;
}

/**
 * A test double, named as one, of a copy engine between host and device: a page lands after latency and
 * bytes / bandwidth, and pages use the link one after the other. No core works meanwhile; the copy is made when
 * the page lands, and its time is counted.
 */
export class LinkDouble implements PageLink {
  readonly isInstant = false;
  readonly #options: LinkDoubleOptions;
  readonly #crossings: Crossing[] = [];
  /** When the last page that was given will have left the link. */
  #freeMs = 0;
  #isWaiting = false;
  #crossedBytes = 0;
  #copyMs = 0;

  constructor(options: LinkDoubleOptions) {
    this.#options = options;
  }

  get figures(): LinkFigures {
    const { bytesPerSecond, latencyUs } = this.#options;
    return {
      name: 'double',
      bytesPerSecond,
      latencyUs,
      crossedBytes: this.#crossedBytes,
      copyMs: this.#copyMs,
    };
  }

  carry(from: PageView, to: PageView, landed: () => void): boolean {
    const { bytesPerSecond, clock, latencyUs } = this.#options;
    const bytes = to.k.byteLength + to.v.byteLength;
    this.#freeMs = Math.max(this.#freeMs, clock.monotonicMs()) + (bytes / bytesPerSecond) * 1e3;
    this.#crossings.push({ from, to, landed, dueMs: this.#freeMs + latencyUs / 1e3 });
    this.#crossedBytes += bytes;
    if (!this.#isWaiting) this.#wait();
    return false;
  }

  #wait(): void {
    const next = this.#crossings[0];
    this.#isWaiting = next !== undefined;
    if (next === undefined) return;
    const { after, clock } = this.#options;
    after(Math.max(0, next.dueMs - clock.monotonicMs()), () => this.#deliver());
  }

  #deliver(): void {
    const { clock } = this.#options;
    try {
      for (let nowMs = clock.monotonicMs(); ; nowMs = clock.monotonicMs()) {
        const next = this.#crossings[0];
        if (next === undefined || next.dueMs > nowMs) break;
        this.#crossings.shift();
        if (next.from !== next.to) copyPage(next.from, next.to);
        this.#copyMs += clock.monotonicMs() - nowMs;
        next.landed();
      }
    } finally {
      this.#wait();
    }
  }
}
