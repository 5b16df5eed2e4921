import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { Lane, LaneFigures } from './lane.js';
import type { LaneKind } from './laneKind.js';

export interface LanePoolLimits {
  /** Pause after a lane could not be opened, or broke before it moved a page; doubled up to the second. */
  readonly reopenDelayMs: number;
  readonly reopenDelayMsMax: number;
}

export const defaultLanePoolLimits: LanePoolLimits = { reopenDelayMs: 50, reopenDelayMsMax: 2_000 };

export interface LanePoolOptions {
  /** Opens the best lane to a worker, by host:port of its gRPC server (openLane.ts). */
  readonly open: (address: string, signal: AbortSignal) => Promise<Lane>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly limits: LanePoolLimits;
}

export type LaneUse =
  | { readonly kind: 'open'; readonly lane: Lane }
  /** It cannot be had now; until the pause is over nobody tries again. */
  | { readonly kind: 'unavailable'; readonly cause: KvError };

/** One worker's lane as operators see it. */
export interface PooledLane {
  readonly peer: string;
  /** Of the lane in use, or of the last one; null before the first. */
  readonly kind: LaneKind | null;
  readonly isOpen: boolean;
  /** Summed over all lanes that were open to this worker. */
  readonly figures: LaneFigures;
}

interface Entry {
  lane: Lane | null;
  opening: Promise<LaneUse> | null;
  /** What lanes that are gone have moved. */
  gone: LaneFigures;
  /** Openings and lanes in a row that came to nothing. */
  failures: number;
  triedMs: number;
  cause: KvError | null;
}

const noFigures: LaneFigures = { gotPages: 0, gotBytes: 0, putPages: 0, putBytes: 0, lentPages: 0 };

/** One lane for each worker: opened at its first use, opened again after it broke. */
export class LanePool {
  readonly #options: LanePoolOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new AbortController();

  constructor(options: LanePoolOptions) {
    this.#options = options;
  }

  /** The open lane to a worker. Those who come first together share one opening. Rejects only by `signal`. */
  async use(address: string, signal?: AbortSignal): Promise<LaneUse> {
    signal?.throwIfAborted();
    const entry = this.#entry(address);
    if (entry.lane?.isOpen === true) return { kind: 'open', lane: entry.lane };
    if (this.#closing.signal.aborted) return unavailable(this.#closing.signal.reason);
    const opening = entry.opening ?? this.#reopen(address, entry);
    return signal === undefined ? opening : await untilAborted(opening, signal);
  }

  /** What every worker's lanes have moved. */
  figures(): PooledLane[] {
    return [...this.#entries].map(([peer, { lane, gone }]) => ({
      peer,
      kind: lane?.kind ?? null,
      isOpen: lane?.isOpen ?? false,
      figures: lane === null ? gone : sum(gone, lane.figures),
    }));
  }

  /** Closes the lane to a worker that is no longer part of the cluster. */
  async forget(address: string): Promise<void> {
    const entry = this.#entries.get(address);
    this.#entries.delete(address);
    await entry?.opening;
    await entry?.lane?.close();
  }

  /** Calls under way answer `unavailable`; openings are given up. */
  async close(): Promise<void> {
    this.#closing.abort(new KvError('unavailable', 'the lanes were closed'));
    await Promise.all([...this.#entries.values()].map(({ opening }) => opening));
    await Promise.all([...this.#entries.values()].map(({ lane }) => lane?.close()));
  }

  #entry(address: string): Entry {
    let entry = this.#entries.get(address);
    if (entry === undefined) {
      entry = { lane: null, opening: null, gone: noFigures, failures: 0, triedMs: 0, cause: null };
      this.#entries.set(address, entry);
    }
    return entry;
  }

  #reopen(address: string, entry: Entry): Promise<LaneUse> {
    const { clock, open } = this.#options;
    const broken = entry.lane;
    if (broken !== null && entry.cause === null) {
      // A lane that worked and broke is opened again at once.
      entry.failures = hasMoved(broken.figures) ? 0 : entry.failures + 1;
      entry.cause = new KvError('unavailable', `the ${broken.kind} lane to ${address} broke`);
    }
    const waitMs = this.#pauseMs(entry) - (clock.monotonicMs() - entry.triedMs);
    if (entry.cause !== null && waitMs > 0) return Promise.resolve(unavailable(entry.cause));
    entry.triedMs = clock.monotonicMs();
    entry.opening = open(address, this.#closing.signal).then(
      (lane) => this.#opened(entry, lane),
      (thrown: unknown) => this.#failed(entry, KvError.from(thrown, 'unavailable')),
    );
    return entry.opening;
  }

  async #opened(entry: Entry, lane: Lane): Promise<LaneUse> {
    entry.opening = null;
    if (this.#closing.signal.aborted) {
      await lane.close();
      return unavailable(this.#closing.signal.reason);
    }
    if (entry.lane !== null) entry.gone = sum(entry.gone, entry.lane.figures);
    entry.lane = lane;
    entry.cause = null;
    return { kind: 'open', lane };
  }

  #failed(entry: Entry, cause: KvError): LaneUse {
    entry.opening = null;
    entry.failures += 1;
    entry.cause = cause;
    return unavailable(cause);
  }

  #pauseMs({ failures }: Entry): number {
    const { reopenDelayMs, reopenDelayMsMax } = this.#options.limits;
    return failures === 0 ? 0 : Math.min(reopenDelayMsMax, reopenDelayMs * 2 ** (failures - 1));
  }
}

function unavailable(cause: KvError): LaneUse {
  return { kind: 'unavailable', cause };
}

function hasMoved({ gotPages, putPages, lentPages }: LaneFigures): boolean {
  return gotPages + putPages + lentPages > 0;
}

function sum(a: LaneFigures, b: LaneFigures): LaneFigures {
  return {
    gotPages: a.gotPages + b.gotPages,
    gotBytes: a.gotBytes + b.gotBytes,
    putPages: a.putPages + b.putPages,
    putBytes: a.putBytes + b.putBytes,
    lentPages: a.lentPages + b.lentPages,
  };
}

/** Somebody who gives up leaves the opening to the others. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
