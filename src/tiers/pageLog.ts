import type { BlockKey } from '../core/blockKey.js';
import type { Clock } from '../core/ports/clock.js';
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
  'dropped from the device to make room',
  'dropped from pinned memory to make room',
  'dropped from disk to make room',
  'removed from the device',
  'removed from pinned memory',
  'removed from disk',
  'corrupt on the device',
  'corrupt in pinned memory',
  'corrupt on disk',
  'missing on disk',
  'not readable on disk',
] as const;

export type PageEvent = (typeof events)[number];

/** One thing that happened to a page. */
export interface NotedEvent {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly text: PageEvent;
}

const codes = new Map<PageEvent, number>(events.map((event, code) => [event, code]));

/** What happened to pages of late: the newest events of all pages together, a fixed number of them. */
export class PageLog {
  readonly #pages: (StoredPage | undefined)[];
  readonly #codes: Uint8Array;
  readonly #timesMs: Float64Array;
  readonly #clock: Clock;
  #next = 0;

  constructor(capacity: number, clock: Clock) {
    this.#clock = clock;
    this.#timesMs = new Float64Array(capacity);
    this.#pages = new Array<StoredPage | undefined>(capacity).fill(undefined);
    this.#codes = new Uint8Array(capacity);
  }

  note(page: StoredPage, event: PageEvent): void {
    this.#pages[this.#next] = page;
    this.#codes[this.#next] = codes.get(event)!; // the map holds every event
    this.#timesMs[this.#next] = this.#clock.nowMs();
    this.#next = (this.#next + 1) % this.#pages.length;
  }

  /** By layer, oldest first; also of pages that are gone. */
  ofBlock(block: BlockKey): Map<number, NotedEvent[]> {
    const found = new Map<number, NotedEvent[]>();
    for (let step = 0; step < this.#pages.length; step += 1) {
      const at = (this.#next + step) % this.#pages.length;
      const noted = this.#pages[at]?.id;
      if (noted?.block !== block) continue;
      const event = { atMs: this.#timesMs[at]!, text: events[this.#codes[at]!]! };
      const ofLayer = found.get(noted.layer);
      if (ofLayer === undefined) found.set(noted.layer, [event]);
      else ofLayer.push(event);
    }
    return found;
  }
}
