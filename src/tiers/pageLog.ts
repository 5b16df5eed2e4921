import { type BlockKey, blockKeyBytes, blockKeyToBytes } from '../core/blockKey.js';
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

/** The keys of pages that have handles. */
interface PageKeys {
  layerOf(handle: number): number;
  copyKey(handle: number, into: Uint8Array, at: number): void;
}

/** What happened to pages of late: the newest events of all pages together, a fixed number of them. */
export class PageLog {
  readonly #capacity: number;
  readonly #keys: Buffer;
  readonly #layers: Int16Array;
  readonly #codes: Uint8Array;
  readonly #timesMs: Float64Array;
  readonly #clock: Clock;
  /** Events ever noted. */
  #noted = 0;

  constructor(capacity: number, clock: Clock) {
    this.#capacity = capacity;
    this.#clock = clock;
    this.#keys = Buffer.alloc(capacity * blockKeyBytes);
    this.#layers = new Int16Array(capacity);
    this.#codes = new Uint8Array(capacity);
    this.#timesMs = new Float64Array(capacity);
  }

  note({ id }: StoredPage, event: PageEvent): void {
    const at = this.#next(event);
    this.#keys.write(id.block, at * blockKeyBytes, 'hex');
    this.#layers[at] = id.layer;
  }

  /** As `note`, of a page that has a handle: allocates nothing. */
  noteOf(pages: PageKeys, handle: number, event: PageEvent): void {
    const at = this.#next(event);
    pages.copyKey(handle, this.#keys, at * blockKeyBytes);
    this.#layers[at] = pages.layerOf(handle);
  }

  /** By layer, oldest first; also of pages that are gone. */
  ofBlock(block: BlockKey): Map<number, NotedEvent[]> {
    const key = blockKeyToBytes(block);
    const found = new Map<number, NotedEvent[]>();
    for (let event = Math.max(0, this.#noted - this.#capacity); event < this.#noted; event += 1) {
      const at = event % this.#capacity;
      if (key.compare(this.#keys, at * blockKeyBytes, (at + 1) * blockKeyBytes) !== 0) continue;
      const noted = { atMs: this.#timesMs[at]!, text: events[this.#codes[at]!]! };
      const layer = this.#layers[at]!;
      const ofLayer = found.get(layer);
      if (ofLayer === undefined) found.set(layer, [noted]);
      else ofLayer.push(noted);
    }
    return found;
  }

  /** Where the event is noted. */
  #next(event: PageEvent): number {
    const at = this.#noted % this.#capacity;
    this.#codes[at] = codes.get(event)!; // the map holds every event
    this.#timesMs[at] = this.#clock.nowMs();
    this.#noted += 1;
    return at;
  }
}
