import { KvError } from '../core/errors.js';
import type { TransferOptions } from './transferOptions.js';

/** Most urgent first. */
export const transferClasses = ['load', 'prefetch', 'writeBack'] as const;
export type TransferClass = (typeof transferClasses)[number];

/** One page to one destination. Two requests with one key are one transfer. */
export type TransferKey = number;

export type SchedulerEvent =
  | {
      readonly kind: 'requested';
      readonly key: TransferKey;
      readonly class: TransferClass;
      readonly bytes: number;
    }
  /** One of those who wait for the transfer gave up. */
  | { readonly kind: 'abandoned'; readonly key: TransferKey }
  /** What `start` asked for: it runs. */
  | { readonly kind: 'started'; readonly key: TransferKey }
  /** What `start` asked for cannot be now: its destination has no room. */
  | { readonly kind: 'blocked'; readonly key: TransferKey }
  /** Destinations may have room again. */
  | { readonly kind: 'room' }
  | { readonly kind: 'finished'; readonly key: TransferKey }
  /** No load was under way for a while. */
  | { readonly kind: 'calm' };

export type SchedulerEffect =
  /** Start it and answer with `started` or `blocked`; until then no other of its class is offered. */
  | { readonly kind: 'start'; readonly key: TransferKey }
  /** Nobody waits for it any more and it has not started: forget it. */
  | { readonly kind: 'cancel'; readonly key: TransferKey }
  /** The queue is full: the request was not taken. */
  | { readonly kind: 'refuse'; readonly key: TransferKey };

interface Transfer {
  readonly key: TransferKey;
  class: TransferClass;
  readonly bytes: number;
  waiters: number;
  state: 'queued' | 'offered' | 'running';
}

interface Lane {
  readonly bytesMax: number;
  /** What has not started, in the order in which it will. */
  readonly queue: Map<TransferKey, Transfer>;
  bytesUnderWay: number;
  offered: Transfer | null;
  /** What waits for `room` at the front; once it is gone, nothing does. */
  blocked: Transfer | null;
}

/**
 * Decides which transfers start: loads before prefetch; write-backs beside them, because room above waits
 * for them, but few while a step loads; each class within its bytes; first come, first served within a
 * class. What has started runs to its end, wanted or not, since bytes on their way cannot be called back.
 */
export class Scheduler {
  readonly #transfers = new Map<TransferKey, Transfer>();
  readonly #lanes: Readonly<Record<TransferClass, Lane>>;
  readonly #queuedMax: number;
  readonly #besideLoadsBytesMax: number;
  /** From the start of a load until it is calm. */
  #isLoading = false;

  constructor(options: TransferOptions) {
    this.#queuedMax = options.queuedMax;
    this.#besideLoadsBytesMax = options.besideLoadsBytesMax;
    this.#lanes = {
      load: newLane(options.loadBytesMax),
      prefetch: newLane(options.prefetchBytesMax),
      writeBack: newLane(options.writeBackBytesMax),
    };
  }

  /** Transfers of the class that have not started. */
  queued(of: TransferClass): number {
    return this.#lanes[of].queue.size;
  }

  bytesUnderWay(of: TransferClass): number {
    return this.#lanes[of].bytesUnderWay;
  }

  handle(event: SchedulerEvent): readonly SchedulerEffect[] {
    switch (event.kind) {
      case 'requested':
        return this.#request(event.key, event.class, event.bytes);
      case 'abandoned':
        return this.#abandon(this.#known(event.key));
      case 'started':
        this.#start(this.#known(event.key));
        break;
      case 'blocked':
        this.#block(this.#known(event.key));
        break;
      case 'room':
        for (const name of transferClasses) this.#lanes[name].blocked = null;
        break;
      case 'finished':
        this.#finish(this.#known(event.key));
        break;
      case 'calm':
        this.#isLoading = this.bytesUnderWay('load') > 0;
    }
    return this.#offer();
  }

  #request(key: TransferKey, wanted: TransferClass, bytes: number): readonly SchedulerEffect[] {
    const known = this.#transfers.get(key);
    if (known !== undefined) {
      known.waiters += 1;
      this.#raise(known, wanted);
      return this.#offer();
    }
    const lane = this.#lanes[wanted];
    if (lane.queue.size >= this.#queuedMax) return [{ kind: 'refuse', key }];
    const transfer: Transfer = { key, class: wanted, bytes, waiters: 1, state: 'queued' };
    this.#transfers.set(key, transfer);
    lane.queue.set(key, transfer);
    return this.#offer();
  }

  /** A transfer that waits takes the more urgent class of two who want it. */
  #raise(transfer: Transfer, wanted: TransferClass): void {
    const isMoreUrgent = transferClasses.indexOf(wanted) < transferClasses.indexOf(transfer.class);
    if (transfer.state !== 'queued' || !isMoreUrgent) return;
    this.#lanes[transfer.class].queue.delete(transfer.key);
    transfer.class = wanted;
    this.#lanes[wanted].queue.set(transfer.key, transfer);
  }

  #abandon(transfer: Transfer): readonly SchedulerEffect[] {
    transfer.waiters -= 1;
    if (transfer.waiters > 0 || transfer.state !== 'queued') return this.#offer();
    this.#lanes[transfer.class].queue.delete(transfer.key);
    this.#transfers.delete(transfer.key);
    return [{ kind: 'cancel', key: transfer.key }, ...this.#offer()];
  }

  #start(transfer: Transfer): void {
    transfer.state = 'running';
    const lane = this.#lanes[transfer.class];
    lane.queue.delete(transfer.key);
    lane.offered = null;
    lane.bytesUnderWay += transfer.bytes;
    if (transfer.class === 'load') this.#isLoading = true;
  }

  /** It stays at the front of its class, which waits for `room`. */
  #block(transfer: Transfer): void {
    const lane = this.#lanes[transfer.class];
    transfer.state = 'queued';
    lane.offered = null;
    lane.blocked = transfer;
  }

  #finish(transfer: Transfer): void {
    this.#lanes[transfer.class].bytesUnderWay -= transfer.bytes;
    this.#transfers.delete(transfer.key);
  }

  #offer(): readonly SchedulerEffect[] {
    const effects: SchedulerEffect[] = [];
    for (const name of transferClasses) {
      if (name === 'prefetch' && this.queued('load') > 0) continue;
      const lane = this.#lanes[name];
      const next: Transfer | undefined = lane.queue.values().next().value;
      if (next === undefined || lane.blocked === next || lane.offered !== null) continue;
      if (lane.bytesUnderWay > 0 && lane.bytesUnderWay + next.bytes > this.#bytesMax(name)) continue;
      next.state = 'offered';
      lane.offered = next;
      effects.push({ kind: 'start', key: next.key });
    }
    return effects;
  }

  #bytesMax(of: TransferClass): number {
    const { bytesMax } = this.#lanes[of];
    return of !== 'load' && this.#isLoading ? Math.min(bytesMax, this.#besideLoadsBytesMax) : bytesMax;
  }

  #known(key: TransferKey): Transfer {
    const transfer = this.#transfers.get(key);
    if (transfer === undefined) throw new KvError('internal', `no transfer ${key} is known to the scheduler`);
    return transfer;
  }
}

function newLane(bytesMax: number): Lane {
  return { bytesMax, queue: new Map(), bytesUnderWay: 0, offered: null, blocked: null };
}
