import type { KvError } from '../core/errors.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import type { SequenceId } from '../core/plan.js';
import { type AdmissionBounds, AdmissionQueue, type Fit } from './admissionQueue.js';
import { neverFits, noRoomNow, queueIsFull, type RefusalCause, type Refused } from './admissionRefusal.js';
import { LiveLedger, type LiveSequence } from './liveLedger.js';
import type { Sequence } from './sequence.js';
import type { Serving } from './serving.js';
import { stageRooms } from './stageRoom.js';

export interface AdmissionOptions extends AdmissionBounds {
  /** How long a call waits for room at most. */
  readonly admissionWaitMsMax: number;
  /** A sequence without an open decode stream, of which no call was heard for so long, no longer counts. */
  readonly admissionIdleMs: number;
  /** After how long a caller that was refused may ask again with some hope. */
  readonly admissionRetryMs: number;
}

/** A sequence that is to be placed. */
export interface AdmissionRequest {
  readonly tenant: string;
  readonly sequence: Sequence;
  /** What the caller calls its wait. */
  readonly ticket: number;
  /** Monotonic. */
  readonly endsMs: number;
}

/** What a stage has admitted. */
export interface StageAdmission {
  readonly stage: number;
  readonly sequences: number;
  readonly admittedBytes: number;
  /** `Infinity` where a worker does not say what it holds. */
  readonly budgetBytes: number;
}

/**
 * Which sequences count as live, and who waits for room. A sequence counts from its admission until it is
 * released, or nobody decodes it or calls for it any more: without an open stream workers hold no page for
 * it. One whose stream opens again counts again at once, room or not, since its pages are held. Times are
 * monotonic milliseconds.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #queue: AdmissionQueue<AdmissionRequest>;
  #ledger: LiveLedger | null = null;
  #geometry: Geometry | null = null;
  /** When each that counts was last heard of; the longest silent first. */
  readonly #heard = new Map<SequenceId, number>();
  #mayTake = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#queue = new AdmissionQueue(options);
  }

  get waiting(): number {
    return this.#queue.size;
  }

  stages(): StageAdmission[] {
    const bytes = this.#geometry === null ? 0 : pageBytes(this.#geometry);
    return (this.#ledger?.stages() ?? []).map(({ room, pages, budgetPages }) => ({
      stage: room.stage,
      sequences: this.#heard.size,
      admittedBytes: pages * bytes,
      budgetBytes: budgetPages * bytes,
    }));
  }

  /** Other workers serve from now on. @param counted sequences of the model that count until they fall silent. */
  place(serving: Serving, counted: Iterable<Sequence>, nowMs: number): void {
    const rooms = stageRooms(serving.members, serving.geometry);
    if (this.#ledger === null || this.#geometry !== serving.geometry) {
      this.#ledger = new LiveLedger(serving.geometry.blockTokens);
      this.#geometry = serving.geometry;
      this.#heard.clear();
      this.#ledger.place(rooms);
      for (const sequence of counted) this.#count(sequence, nowMs);
    } else this.#ledger.place(rooms);
    this.#mayTake = true;
  }

  /**
   * Lets a sequence wait for its turn, which may have come: `take` says.
   * @throws KvError `exhausted` when it could never fit, or too many wait.
   */
  ask(request: AdmissionRequest): void {
    const live = this.#liveOf(request.sequence);
    const alone = this.#ledger?.alone(live) ?? null;
    if (alone !== null) throw neverFits(this.#refused(request.sequence, alone));
    const full = this.#queue.fullFor(request.tenant);
    if (full !== null) throw queueIsFull(full, this.#options.admissionRetryMs);
    this.#queue.add(request);
    this.#mayTake = true;
  }

  /** The next one that there is room for; it counts from now on. Null when nobody's turn has come. */
  take(nowMs: number): AdmissionRequest | null {
    if (!this.#mayTake) return null;
    const next = this.#queue.take((request) => this.#fit(request.sequence), nowMs);
    if (next === null) this.#mayTake = false;
    else this.#count(next.sequence, nowMs);
    return next;
  }

  withdraw(ticket: number): AdmissionRequest | undefined {
    const [gone] = this.#queue.remove((request) => request.ticket === ticket);
    // It may have been the one that all others waited for.
    if (gone !== undefined) this.#mayTake = true;
    return gone;
  }

  /** Those that have waited long enough, and drops what has fallen silent. */
  expire(nowMs: number): AdmissionRequest[] {
    for (const [id, heardMs] of this.#heard) {
      if (heardMs + this.#options.admissionIdleMs > nowMs) break;
      this.release(id);
    }
    const over = this.#queue.remove(({ endsMs }) => endsMs <= nowMs);
    if (over.length > 0 || this.#queue.unblock(nowMs)) this.#mayTake = true;
    return over;
  }

  /**
   * A sequence has changed, or was asked about. It keeps the room that it has, and asks for what it needs
   * beyond: before those that wait, who could otherwise wait for it while it waits for them. One that had
   * fallen silent counts again at once, as one whose stream opens.
   * @param before what it was.
   * @throws KvError `exhausted` when there is not so much; nothing has changed then.
   */
  grow(before: Sequence, sequence: Sequence, nowMs: number): void {
    const live = this.#liveOf(sequence);
    const grows = live.blocksMax > this.#liveOf(before).blocksMax;
    if (grows && (this.#ledger?.shortfall(sequence.id, live) ?? null) !== null)
      throw this.refusal('growth', sequence);
    this.#count(sequence, nowMs);
    this.#mayTake = true;
  }

  /** It has become shorter. One that does not count does not count again by that. */
  shrink(sequence: Sequence, nowMs: number): void {
    if (!this.#heard.has(sequence.id)) return;
    this.#count(sequence, nowMs);
    this.#mayTake = true;
  }

  /** A worker has a decode stream of it open. */
  heard(sequence: Sequence, nowMs: number): void {
    if (this.#heard.has(sequence.id)) this.#hear(sequence.id, nowMs);
    else this.#count(sequence, nowMs);
  }

  release(id: SequenceId): void {
    if (!this.#heard.delete(id)) return;
    this.#ledger?.drop(id);
    this.#mayTake = true;
  }

  /** Why a sequence does not count: what is missing, or that others wait longer. */
  refusal(cause: Exclude<RefusalCause, 'never'>, sequence: Sequence): KvError {
    const short = this.#ledger?.shortfall(sequence.id, this.#liveOf(sequence)) ?? null;
    return noRoomNow(cause, this.#refused(sequence, short), {
      waiting: this.waiting,
      retryAfterMs: this.#options.admissionRetryMs,
    });
  }

  #refused<Short>(sequence: Sequence, short: Short): Refused<Short> {
    const bytes = this.#geometry === null ? 0 : pageBytes(this.#geometry);
    return { tokens: tokensMax(sequence), short, pageBytes: bytes };
  }

  #fit(sequence: Sequence): Fit {
    const live = this.#liveOf(sequence);
    if (this.#ledger === null || this.#ledger.shortfall(sequence.id, live) === null) return 'now';
    return this.#ledger.alone(live) === null ? 'later' : 'never';
  }

  #count(sequence: Sequence, nowMs: number): void {
    this.#ledger?.put(sequence.id, this.#liveOf(sequence));
    this.#hear(sequence.id, nowMs);
  }

  #hear(id: SequenceId, nowMs: number): void {
    // Last, so that the map stays ordered by when they were heard of.
    this.#heard.delete(id);
    this.#heard.set(id, nowMs);
  }

  #liveOf(sequence: Sequence): LiveSequence {
    const blockTokens = this.#geometry?.blockTokens ?? 1;
    return { blocks: sequence.blocks, blocksMax: Math.ceil(tokensMax(sequence) / blockTokens) };
  }
}

export function tokensMax({ tokens, maxTokens = 0 }: Sequence): number {
  return Math.max(tokens, maxTokens);
}
