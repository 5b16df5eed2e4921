import PQueue from 'p-queue';
import { KvError } from '../core/errors.js';
import type { Cancel, Clock } from '../core/ports/clock.js';
import type { MoveOutcome } from './moveOutcome.js';
import { type Place, type Route, RouteRates } from './routeRates.js';
import {
  Scheduler,
  type SchedulerEffect,
  type SchedulerEvent,
  type TransferClass,
  type TransferKey,
  transferClasses,
} from './scheduler.js';
import type { TransferOptions } from './transferOptions.js';

/** What a transfer does. Of two requests with one key only the first one's task runs. */
export interface TransferTask {
  readonly key: TransferKey;
  readonly class: TransferClass;
  readonly bytes: number;
  readonly to: Place;
  /** Takes room at the destination, synchronously; false with nothing changed when there is none. */
  reserve(): boolean;
  /** Moves the bytes. Runs once, after `reserve` said true, and does not reject. */
  move(): Promise<MoveOutcome> | MoveOutcome;
  /** Everybody has heard of the outcome. */
  settled?(): void;
}

/** Told once, in the same turn in which the transfer ends, so that it can pin what landed. */
export type TransferListener = (outcome: MoveOutcome) => void;

interface Waiter {
  readonly listener: TransferListener;
  release(): void;
}

interface Job {
  readonly task: TransferTask;
  readonly waiters: Set<Waiter>;
}

const cancelled: MoveOutcome = { kind: 'cancelled' };

/** The one engine of a worker: runs what the scheduler starts, most urgent first. */
export class TransferEngine {
  readonly #rates: RouteRates;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #queue: PQueue;
  readonly #jobs = new Map<TransferKey, Job>();
  readonly #events: SchedulerEvent[] = [];
  readonly #loadGapMs: number;
  readonly #rateFreshMs: number;
  #lastLoadMs = 0;
  #cancelCalm: Cancel | undefined;
  #isHandling = false;
  #isClosed = false;

  constructor(options: TransferOptions, clock: Clock) {
    this.#clock = clock;
    this.#loadGapMs = options.loadGapMs;
    this.#rateFreshMs = options.rateFreshMs;
    this.#rates = new RouteRates(options.rateWeight);
    this.#scheduler = new Scheduler(options);
    this.#queue = new PQueue({ concurrency: options.runningMax });
  }

  /** Bytes per millisecond of the route as measured of late, or null. */
  bytesPerMs(route: Route): number | null {
    return this.#rates.bytesPerMs(route, this.#clock.monotonicMs() - this.#rateFreshMs);
  }

  /** Whether transfers of the class wait to be started. */
  isWaiting(of: TransferClass): boolean {
    return this.#scheduler.queued(of) > 0;
  }

  /** Whether transfers of the class wait or run. */
  isActive(of: TransferClass): boolean {
    for (const { task } of this.#jobs.values()) if (task.class === of) return true;
    return false;
  }

  /**
   * Asks for a transfer, or joins the one with this key. `listener` hears the outcome once; with an abort
   * it hears `cancelled` at once, and a transfer that nobody waits for and that has not started is dropped.
   */
  request(task: TransferTask, listener: TransferListener, signal?: AbortSignal): void {
    if (signal?.aborted || this.#isClosed) {
      listener(cancelled);
      return;
    }
    const job = this.#jobs.get(task.key) ?? { task, waiters: new Set<Waiter>() };
    this.#jobs.set(task.key, job);
    const giveUp = () => this.#giveUp(job, waiter);
    const waiter: Waiter = { listener, release: () => signal?.removeEventListener('abort', giveUp) };
    job.waiters.add(waiter);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#tell({ kind: 'requested', key: task.key, class: task.class, bytes: task.bytes });
  }

  /** Destinations may have room again. */
  room(): void {
    if (transferClasses.some((name) => this.isWaiting(name))) this.#tell({ kind: 'room' });
  }

  /** Drops what has not started, and waits for what has. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelCalm?.();
    for (const job of [...this.#jobs.values()]) {
      for (const waiter of [...job.waiters]) this.#giveUp(job, waiter);
    }
    await this.#queue.onIdle();
  }

  #giveUp(job: Job, waiter: Waiter): void {
    if (!job.waiters.delete(waiter)) return;
    waiter.release();
    this.#tell({ kind: 'abandoned', key: job.task.key });
    waiter.listener(cancelled);
  }

  #tell(event: SchedulerEvent): void {
    this.#inTurn(() => this.#events.push(event));
  }

  /** What comes while events are handled (a task or a listener asks for another transfer) waits its turn. */
  #inTurn(act: () => void): void {
    if (this.#isHandling) {
      act();
      return;
    }
    this.#isHandling = true;
    try {
      act();
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const effect of this.#scheduler.handle(next)) this.#apply(effect);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  #apply(effect: SchedulerEffect): void {
    const { key } = effect;
    const job = this.#jobs.get(key);
    if (job === undefined) throw new KvError('internal', `no job ${key} is known to the transfer engine`);
    switch (effect.kind) {
      case 'start':
        this.#start(job);
        break;
      case 'cancel':
        this.#jobs.delete(key);
        break;
      case 'refuse':
        this.#jobs.delete(key);
        this.#answer(job, {
          kind: 'failed',
          cause: new KvError('exhausted', `the queue of ${job.task.class} transfers is full`),
        });
    }
  }

  #start(job: Job): void {
    const { task } = job;
    if (!task.reserve()) {
      this.#events.push({ kind: 'blocked', key: task.key });
      return;
    }
    this.#events.push({ kind: 'started', key: task.key });
    const priority = -transferClasses.indexOf(task.class);
    void this.#queue.add(() => this.#run(job), { priority });
  }

  async #run(job: Job): Promise<void> {
    const { task } = job;
    const startMs = this.#clock.monotonicMs();
    let outcome: MoveOutcome;
    try {
      outcome = await task.move();
    } catch (cause) {
      outcome = { kind: 'failed', cause };
    }
    const route: Route | null = outcome.kind === 'moved' ? `${outcome.from}>${task.to}` : null;
    if (route !== null) this.#rates.record(route, task.bytes, startMs, this.#clock.monotonicMs());
    // Whoever waited pins what landed before anything else may take its room.
    this.#inTurn(() => {
      this.#events.push({ kind: 'finished', key: task.key });
      this.#jobs.delete(task.key);
      this.#answer(job, outcome);
      task.settled?.();
      if (task.class !== 'load' || this.#isClosed) return;
      this.#lastLoadMs = this.#clock.monotonicMs();
      this.#awaitCalm();
    });
  }

  /** One timer, however many loads come. */
  #awaitCalm(delayMs = this.#loadGapMs): void {
    this.#cancelCalm ??= this.#clock.setTimer(delayMs, () => {
      this.#cancelCalm = undefined;
      const leftMs = this.#lastLoadMs + this.#loadGapMs - this.#clock.monotonicMs();
      if (leftMs > 0) this.#awaitCalm(leftMs);
      else this.#tell({ kind: 'calm' });
    });
  }

  #answer(job: Job, outcome: MoveOutcome): void {
    for (const waiter of job.waiters) {
      waiter.release();
      waiter.listener(outcome);
    }
    job.waiters.clear();
  }
}
