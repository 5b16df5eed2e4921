import { KvError } from '../core/errors.js';
import { type PageId, pageName } from '../core/pageId.js';
import type { Duplex } from '../core/ports/network.js';
import type { LaneLimits } from './laneLimits.js';

export type StreamLineLimits = Pick<LaneLimits, 'window' | 'waitingMax' | 'retryAfterMs'>;

/** One thing asked over a stream. */
export interface LineQuestion<In, Out, T> {
  /** Sends all messages of the question, alone on the stream. After `drop` it only ends what it has begun. */
  send(stream: Duplex<In, Out>): Promise<void>;
  /**
   * The next message of the answer; the value when it was the last one, else null.
   * @throws KvError when it cannot be the answer; the stream is then given up.
   */
  take(message: In): T | null;
  /** Nobody waits any more: the memory of question and answer is no longer ours. */
  drop(): void;
  /** The answer to those who wait when there will be none. */
  gone(cause: KvError): T;
  /** The window was full and so was the queue before it. */
  refused(retryAfterMs: number): T;
}

/** A question that somebody waits for, its answer's type hidden. */
interface LineCall<In, Out> {
  isOver(): boolean;
  send(stream: Duplex<In, Out>): Promise<void>;
  /** Whether that was the last message of the answer. */
  take(message: In): boolean;
  gone(cause: KvError): void;
}

/**
 * Questions and answers on one long-lived stream: several are under way, at most the window, and answers
 * come in the order of the questions. The stream is opened by the first one. Once it broke, all that is
 * asked ends as `gone`.
 */
export class StreamLine<In, Out> {
  readonly #open: () => Duplex<In, Out>;
  readonly #limits: StreamLineLimits;
  readonly #broke: (cause: KvError) => void;
  /** Sent, or being sent; the next message belongs to the first. */
  readonly #pending: LineCall<In, Out>[] = [];
  /** Those that wait for room in the window, oldest first. */
  readonly #waiting = new Set<LineCall<In, Out>>();
  #stream: Duplex<In, Out> | null = null;
  #outstanding = 0;
  /** Settles when all that was to be sent so far is sent. */
  #sent: Promise<void> = Promise.resolve();
  #cause: KvError | null = null;

  /** @param broke called once, when the stream broke by itself. */
  constructor(open: () => Duplex<In, Out>, limits: StreamLineLimits, broke: (cause: KvError) => void) {
    this.#open = open;
    this.#limits = limits;
    this.#broke = broke;
  }

  get isOpen(): boolean {
    return this.#cause === null;
  }

  /** When `signal` aborts it rejects at once with the signal's reason. */
  ask<T>(question: LineQuestion<In, Out, T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#cause !== null) return Promise.resolve(question.gone(this.#cause));
    if (this.#waiting.size >= this.#limits.waitingMax) {
      return Promise.resolve(question.refused(this.#limits.retryAfterMs));
    }
    return new Promise<T>((resolve, reject) => {
      let isOver = false;
      const finish = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        signal?.removeEventListener('abort', aborted);
        this.#waiting.delete(call);
        question.drop();
        settle();
      };
      const aborted = (): void => finish(() => reject(signal?.reason));
      const call: LineCall<In, Out> = {
        isOver: () => isOver,
        send: (stream) => question.send(stream),
        take: (message) => {
          const value = question.take(message);
          if (value !== null) finish(() => resolve(value));
          return value !== null;
        },
        gone: (cause) => finish(() => resolve(question.gone(cause))),
      };
      signal?.addEventListener('abort', aborted, { once: true });
      if (this.#outstanding < this.#limits.window) this.#begin(call);
      else this.#waiting.add(call);
    });
  }

  /** What is under way ends as `gone`. */
  close(cause: KvError): void {
    if (this.#cause !== null) return;
    const isIdle = this.#outstanding === 0;
    this.#stop(cause);
    if (isIdle) this.#stream?.end();
    else this.#stream?.fail(cause);
  }

  #begin(call: LineCall<In, Out>): void {
    this.#outstanding += 1;
    this.#sent = this.#sent.then(async () => {
      if (this.#cause !== null) call.gone(this.#cause);
      // Given up before its turn: nobody there has heard of it.
      if (call.isOver()) {
        this.#leave();
        return;
      }
      this.#pending.push(call);
      try {
        await call.send(this.#opened());
      } catch (thrown) {
        this.#break(KvError.from(thrown));
      }
    });
  }

  #opened(): Duplex<In, Out> {
    if (this.#stream === null) {
      this.#stream = this.#open();
      void this.#read(this.#stream);
    }
    return this.#stream;
  }

  async #read(stream: Duplex<In, Out>): Promise<void> {
    try {
      for await (const message of stream) {
        const call = this.#pending[0];
        if (call === undefined) throw new KvError('internal', 'an answer came that nobody has asked for');
        if (!call.take(message)) continue;
        this.#pending.shift();
        this.#leave();
      }
      this.#break(new KvError('unavailable', 'the other side has ended the stream of pages'));
    } catch (thrown) {
      this.#break(KvError.from(thrown));
    }
  }

  #leave(): void {
    this.#outstanding -= 1;
    const next: LineCall<In, Out> | undefined = this.#waiting.values().next().value;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#begin(next);
  }

  #break(cause: KvError): void {
    if (this.#cause !== null) return;
    this.#stop(cause);
    this.#stream?.fail(cause);
    this.#broke(cause);
  }

  #stop(cause: KvError): void {
    this.#cause = cause;
    for (const call of [...this.#pending.splice(0), ...this.#waiting]) call.gone(cause);
  }
}

/** What a question about a page throws at an answer about another. */
export function outOfTurn(asked: PageId): KvError {
  return new KvError('internal', `the answer to page ${pageName(asked)} is about another page`);
}
