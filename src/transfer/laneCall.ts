import type { KvError } from '../core/errors.js';
import type { Cancel } from '../core/ports/clock.js';
import { discardPayload, type FramePayload } from './framePayload.js';
import type { FrameFields, FrameHeader } from './laneFrame.js';
import { onAbort } from './onAbort.js';

/** One thing asked of the other side. */
export interface LaneQuestion<T> {
  /** The link fills in the request number. Read once, when the frame is sent; `parts` after it. */
  readonly fields: FrameFields;
  readonly parts: readonly Uint8Array[];
  /**
   * A frame came in answer: where its payload goes; `done` ends the question. Checks the payload's length.
   * @throws KvError `invalid` when that is no answer to it; the connection is then closed.
   */
  begin(header: FrameHeader, done: (value: T) => void): FramePayload;
  /** A frame came in answer, and whoever asked has gone: instead of `begin`. */
  unwanted?(header: FrameHeader): void;
  /** The answer to those who wait when there will be none. */
  gone(cause: KvError): T;
  /** The window was full and so was the queue before it. */
  refused(retryAfterMs: number): T;
}

/** What a call's promise can become. */
export interface CallEnds<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
  /** The call needs no place in the window any more. Not called for one that never had one. */
  leave(): void;
}

/**
 * A question under way, until nobody touches its bytes any more. An abort is told at once where that is so
 * already; a page that is landing lands first.
 */
export class LaneCall<T> {
  readonly #question: LaneQuestion<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #ends: CallEnds<T>;
  #state: 'waiting' | 'sending' | 'sent' | 'landing' | 'ended' = 'waiting';
  /** Whoever asked has their answer, or does not wait for it. */
  #isSettled = false;
  #stopWaiting = (): void => {};
  readonly #stopListening: Cancel;

  constructor(question: LaneQuestion<T>, signal: AbortSignal | undefined, ends: CallEnds<T>) {
    this.#question = question;
    this.#signal = signal;
    this.#ends = ends;
    this.#stopListening = signal === undefined ? () => {} : onAbort(signal, () => this.#aborted());
  }

  /** The window is full; `stop` takes it out of the queue. */
  waits(stop: () => void): void {
    this.#stopWaiting = stop;
  }

  /** Its frame is queued. */
  sending(): void {
    this.#state = 'sending';
  }

  /** Its frame has left; its bytes are free. */
  sent(): void {
    if (this.#state !== 'sending') return;
    this.#state = 'sent';
    if (this.#signal?.aborted) this.#settle(() => this.#ends.reject(this.#signal?.reason));
  }

  /** @throws KvError `invalid` when this is no answer to it. @param bytesMax the longest payload there is. */
  begin(header: FrameHeader): FramePayload {
    if (this.#isSettled) {
      this.#question.unwanted?.(header);
      return discardPayload(header.payloadBytes, () => this.#leave());
    }
    this.#state = 'landing';
    return this.#question.begin(header, (value) => {
      this.#leave();
      this.#settle(() => this.#ends.resolve(value));
    });
  }

  /** The connection is gone. */
  gone(cause: KvError): void {
    this.#leave();
    this.#settle(() => this.#ends.resolve(this.#question.gone(cause)));
  }

  #aborted(): void {
    if (this.#state === 'waiting') {
      this.#state = 'ended';
      this.#stopWaiting();
    } else if (this.#state !== 'sent') return;
    this.#settle(() => this.#ends.reject(this.#signal?.reason));
  }

  #leave(): void {
    if (this.#state !== 'waiting' && this.#state !== 'ended') this.#ends.leave();
    this.#state = 'ended';
  }

  /** An abort that had to wait for the bytes wins over what came of them. */
  #settle(end: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#stopListening();
    if (this.#signal?.aborted) this.#ends.reject(this.#signal.reason);
    else end();
  }
}
