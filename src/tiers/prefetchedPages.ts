import type { PrefetchFigures } from '../core/prefetchFigures.js';
import { grown, uint8Column } from './grown.js';

const place = { device: 1, pinned: 2 } as const;
type PrefetchPlace = keyof typeof place;

/** Pages that were brought up before anybody asked for them, until somebody does or they are gone again. */
export class PrefetchedPages {
  readonly #pageBytes: number;
  /** By handle: the places where the page waits to be asked for. */
  #waits = new Uint8Array(0);
  #broughtPages = 0;
  #usedPages = 0;
  #unusedPages = 0;

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  get figures(): PrefetchFigures {
    return {
      broughtBytes: this.#broughtPages * this.#pageBytes,
      usedBytes: this.#usedPages * this.#pageBytes,
      unusedBytes: this.#unusedPages * this.#pageBytes,
    };
  }

  brought(handle: number, to: PrefetchPlace): void {
    this.#waits = grown(this.#waits, handle, uint8Column);
    if (this.#isWaiting(handle, to)) return;
    this.#waits[handle]! |= place[to];
    this.#broughtPages += 1;
  }

  /** It was asked for where it lay. */
  used(handle: number, where: PrefetchPlace): void {
    if (this.#ends(handle, where)) this.#usedPages += 1;
  }

  /** It left the place. */
  left(handle: number, from: PrefetchPlace): void {
    if (this.#ends(handle, from)) this.#unusedPages += 1;
  }

  #ends(handle: number, where: PrefetchPlace): boolean {
    if (!this.#isWaiting(handle, where)) return false;
    this.#waits[handle]! ^= place[where];
    return true;
  }

  #isWaiting(handle: number, where: PrefetchPlace): boolean {
    return ((this.#waits[handle] ?? 0) & place[where]) !== 0;
  }
}
