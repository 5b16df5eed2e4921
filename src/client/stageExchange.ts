import { KvError } from '../core/errors.js';
import type { StagePlan } from '../core/plan.js';
import type { Duplex } from '../core/ports/network.js';

interface Pending<Answer> {
  accept(answer: Answer): void;
  reject(error: KvError): void;
}

/**
 * One sequence's stream to the worker of a stage. Questions are answered in order. After any error the stream is
 * over: every call fails with that error, which names the worker and its layers.
 */
export class StageExchange<Request, Answer> {
  readonly #stage: StagePlan;
  readonly #stream: Duplex<Answer, Request>;
  readonly #pending: Pending<Answer>[] = [];
  #failure: KvError | null = null;

  constructor(stage: StagePlan, stream: Duplex<Answer, Request>) {
    this.#stage = stage;
    this.#stream = stream;
    void this.#receive();
  }

  /** What ended the stream, or null. */
  get failure(): KvError | null {
    return this.#failure;
  }

  /** What the message refers to may change when this has returned its promise. @throws KvError what ended the stream. */
  ask(message: Request): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((accept, reject) => {
      this.#pending.push({ accept, reject });
      void this.send(message);
    });
  }

  /** Sends what is not answered; waits while the worker is behind. Never rejects: a failure reaches those who ask. */
  async send(message: Request): Promise<void> {
    if (this.#failure !== null) return;
    await this.#stream.send(message).catch((thrown: unknown) => void this.fail(thrown));
  }

  /** Ends the stream with an error. @returns what it is over with. */
  fail(thrown: unknown): KvError {
    if (this.#failure !== null) return this.#failure;
    const error = this.#named(KvError.from(thrown));
    this.#reject(error);
    this.#stream.fail(error);
    return error;
  }

  /** Ends the stream; calls that wait fail as `cancelled`. */
  close(reason: string): void {
    if (this.#failure !== null) return;
    this.#stream.end();
    this.#reject(new KvError('cancelled', reason));
  }

  async #receive(): Promise<void> {
    try {
      for await (const answer of this.#stream) this.#pending.shift()?.accept(answer);
      this.fail(new KvError('unavailable', 'it ended the stream'));
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #reject(error: KvError): void {
    this.#failure = error;
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }

  /** An error of a later stage names that one already; any other is this stage's. */
  #named(error: KvError): KvError {
    if (error.context.worker !== undefined) return error;
    const { worker, address, layers } = this.#stage;
    const who = `worker ${worker} (layers ${layers.from} to ${layers.to - 1}, ${address})`;
    const context = { ...error.context, worker, layersFrom: layers.from, layersTo: layers.to };
    return new KvError(error.kind, `${who}: ${error.message}`, { context, cause: error });
  }
}
