import type { StoredPage } from './tier.js';

const events = [
  'sealed on the device',
  'given from outside',
  'found on disk',
  'stored in pinned memory',
  'stored on disk',
  'not stored on disk',
  'loaded from pinned memory',
  'loaded from disk',
  'dropped from the device',
  'dropped from pinned memory',
  'dropped from disk',
  'corrupt on the device',
  'corrupt in pinned memory',
  'corrupt on disk',
  'missing on disk',
  'not readable on disk',
] as const;

export type PageEvent = (typeof events)[number];

const codes = new Map<PageEvent, number>(events.map((event, code) => [event, code]));

/** What happened to pages of late: the newest events of all pages together, a fixed number of them. */
export class PageLog {
  readonly #pages: (StoredPage | undefined)[];
  readonly #codes: Uint8Array;
  #next = 0;

  constructor(capacity: number) {
    this.#pages = new Array<StoredPage | undefined>(capacity).fill(undefined);
    this.#codes = new Uint8Array(capacity);
  }

  note(page: StoredPage, event: PageEvent): void {
    this.#pages[this.#next] = page;
    this.#codes[this.#next] = codes.get(event)!; // the map holds every event
    this.#next = (this.#next + 1) % this.#pages.length;
  }

  /** Oldest first. */
  of({ id }: StoredPage): PageEvent[] {
    const found: PageEvent[] = [];
    for (let step = 0; step < this.#pages.length; step += 1) {
      const at = (this.#next + step) % this.#pages.length;
      const noted = this.#pages[at]?.id;
      if (noted?.block === id.block && noted.layer === id.layer) found.push(events[this.#codes[at]!]!);
    }
    return found;
  }
}
