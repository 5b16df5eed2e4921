import { setMaxListeners } from 'node:events';
import { KvError } from '../core/errors.js';

/** `asked`: results in the order of the questions. `arrival`: as they come. */
export type ResultOrder = 'asked' | 'arrival';

export interface BatchOptions<R> {
  readonly order: ResultOrder;
  /** Questions that are under way or whose result waits to be taken; the next is not read before. */
  readonly underWayMax: number;
  readonly signal?: AbortSignal | undefined;
  /** Frees a result that nobody takes any more. */
  readonly discard?: (result: R) => void;
}

/**
 * Many questions, answered a bounded number at a time while the results are read. Nothing happens before
 * they are: iterate with `for await`, once, or take `all`. Leaving the loop early gives up what is under
 * way, and waits until it has ended, so that buffers are the caller's again.
 */
export class Batch<Q, R> implements AsyncIterable<R> {
  readonly #questions: Iterable<Q> | AsyncIterable<Q>;
  readonly #answer: (question: Q, signal: AbortSignal) => Promise<R>;
  readonly #options: BatchOptions<R>;
  #isTaken = false;

  constructor(
    questions: Iterable<Q> | AsyncIterable<Q>,
    answer: (question: Q, signal: AbortSignal) => Promise<R>,
    options: BatchOptions<R>,
  ) {
    this.#questions = questions;
    this.#answer = answer;
    this.#options = options;
  }

  /** All results. @throws as the iteration does. */
  async all(): Promise<R[]> {
    const results: R[] = [];
    for await (const result of this) results.push(result);
    return results;
  }

  /** @throws KvError `cancelled` of the signal, `invalid` for a question that makes no sense. */
  [Symbol.asyncIterator](): AsyncIterator<R, undefined> {
    if (this.#isTaken) throw new KvError('invalid', 'the results of a batch can be read once');
    this.#isTaken = true;
    return new BatchRun(this.#questions, this.#answer, this.#options);
  }
}

const ended = { done: true, value: undefined } as const;

class BatchRun<Q, R> implements AsyncIterator<R, undefined> {
  readonly #source: Iterator<Q> | AsyncIterator<Q>;
  readonly #answer: (question: Q, signal: AbortSignal) => Promise<R>;
  readonly #options: BatchOptions<R>;
  readonly #controller = new AbortController();
  /** Results that wait to be taken, by the number of their question, or of their arrival. */
  readonly #ready = new Map<number, R>();
  #asked = 0;
  #arrived = 0;
  #taken = 0;
  #underWay = 0;
  #isReading = false;
  /** Nothing more is to be read. */
  #isDry = false;
  /** The source has ended or was closed. */
  #isSpent = false;
  #failure: { readonly thrown: unknown } | null = null;
  #waiting: (() => void)[] = [];

  constructor(
    questions: Iterable<Q> | AsyncIterable<Q>,
    answer: (question: Q, signal: AbortSignal) => Promise<R>,
    options: BatchOptions<R>,
  ) {
    this.#source =
      Symbol.asyncIterator in questions ? questions[Symbol.asyncIterator]() : questions[Symbol.iterator]();
    this.#answer = answer;
    this.#options = options;
    setMaxListeners(0, this.#controller.signal); // one a question under way
    const { signal } = options;
    if (signal?.aborted) this.#cancel();
    else signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  async next(): Promise<IteratorResult<R, undefined>> {
    for (;;) {
      this.#read();
      if (this.#failure !== null) {
        await this.#stop();
        throw this.#failure.thrown;
      }
      if (this.#ready.has(this.#taken)) return { done: false, value: this.#take() };
      if (this.#isDry && this.#underWay === 0) {
        await this.#stop();
        return ended;
      }
      await this.#changed();
    }
  }

  async return(): Promise<typeof ended> {
    this.#controller.abort(new KvError('cancelled', 'the results are no longer read'));
    await this.#stop();
    return ended;
  }

  readonly #cancel = (): void => this.#fail(KvError.from(this.#options.signal?.reason, 'cancelled'));

  /** Starts as many questions as may be under way. */
  #read(): void {
    while (!this.#isDry && !this.#isReading && this.#asked - this.#taken < this.#options.underWayMax) {
      try {
        const next = this.#source.next();
        if ('then' in next) {
          this.#isReading = true;
          next.then(
            (result) => {
              this.#isReading = false;
              this.#start(result);
              this.#wake();
            },
            (thrown: unknown) => {
              this.#isReading = false;
              this.#fail(thrown);
            },
          );
        } else this.#start(next);
      } catch (thrown) {
        this.#fail(thrown);
      }
    }
  }

  #start(next: IteratorResult<Q>): void {
    if (next.done) {
      this.#isDry = true;
      this.#isSpent = true;
      return;
    }
    if (this.#failure !== null || this.#controller.signal.aborted) return;
    const number = this.#asked;
    this.#asked += 1;
    this.#underWay += 1;
    this.#answer(next.value, this.#controller.signal).then(
      (result) => {
        this.#underWay -= 1;
        this.#ready.set(this.#options.order === 'asked' ? number : this.#arrived, result);
        this.#arrived += 1;
        this.#wake();
      },
      (thrown: unknown) => {
        this.#underWay -= 1;
        this.#fail(thrown);
      },
    );
  }

  #take(): R {
    const result = this.#ready.get(this.#taken) as R; // asked for only when it is there
    this.#ready.delete(this.#taken);
    this.#taken += 1;
    return result;
  }

  #fail(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.#isDry = true;
    this.#controller.abort(thrown);
    this.#wake();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #stop(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#cancel);
    this.#isDry = true;
    while (this.#underWay > 0) await this.#changed();
    for (const result of this.#ready.values()) this.#options.discard?.(result);
    this.#ready.clear();
    if (this.#isSpent) return;
    this.#isSpent = true;
    const closed = this.#source.return?.();
    // A source that is still being read may never answer, and nobody hears how it ends.
    if (this.#isReading) Promise.resolve(closed).catch(() => {});
    else await closed;
  }
}
