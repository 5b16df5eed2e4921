import { KvError } from '../core/errors.js';
import type { StagePlan } from '../core/plan.js';
import type { Duplex } from '../core/ports/network.js';
import { errorOfBytes } from '../rpc/errorBytes.js';
import type { AttentionRequest } from '../rpc/gen/kvtide/v1/AttentionRequest.js';
import type { AttentionResponse__Output } from '../rpc/gen/kvtide/v1/AttentionResponse.js';

interface Pending {
  accept(answer: AttentionResponse__Output): void;
  reject(error: KvError): void;
}

/** What the worker could not do, or null. */
export function refusalIn({ error }: AttentionResponse__Output): KvError | null {
  if (error.length === 0) return null;
  return errorOfBytes(error) ?? new KvError('internal', 'a worker refused something and did not say why');
}

/** One sequence's attention stream to the worker of one stage. Questions are answered in order. */
export class AttentionStream {
  readonly stage: StagePlan;
  readonly #stream: Duplex<AttentionResponse__Output, AttentionRequest>;
  readonly #pending: Pending[] = [];
  #failure: KvError | null = null;

  constructor(stage: StagePlan, stream: Duplex<AttentionResponse__Output, AttentionRequest>) {
    this.stage = stage;
    this.#stream = stream;
    void this.#receive();
  }

  /**
   * What the message refers to may change when this has returned its promise.
   * @throws KvError what the worker refused, after which the stream goes on; or what ended it.
   */
  async ask(message: AttentionRequest): Promise<AttentionResponse__Output> {
    const answer = await this.exchange(message);
    const error = refusalIn(answer);
    if (error !== null) throw error;
    return answer;
  }

  /** As `ask`, but what was refused is in the answer. */
  exchange(message: AttentionRequest): Promise<AttentionResponse__Output> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((accept, reject) => {
      this.#pending.push({ accept, reject });
      void this.#send(message);
    });
  }

  /** Bytes that are not answered; waits while the worker is behind. @throws KvError what ended the stream. */
  async send(data: Uint8Array): Promise<void> {
    await this.#send({ data });
    if (this.#failure !== null) throw this.#failure;
  }

  close(): void {
    if (this.#failure !== null) return;
    this.#reject(new KvError('cancelled', 'the attention session was closed'));
    this.#stream.end();
  }

  /** A failure reaches those who wait for answers. */
  async #send(message: AttentionRequest): Promise<void> {
    if (this.#failure === null)
      await this.#stream.send(message).catch((thrown: unknown) => this.#fail(thrown));
  }

  async #receive(): Promise<void> {
    try {
      for await (const answer of this.#stream) this.#pending.shift()?.accept(answer);
      this.#fail(new KvError('unavailable', 'it ended the stream'));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    if (this.#failure !== null) return;
    const error = this.#named(KvError.from(thrown));
    this.#reject(error);
    this.#stream.fail(error);
  }

  #reject(error: KvError): void {
    this.#failure = error;
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }

  #named(error: KvError): KvError {
    if (error.context.worker !== undefined) return error;
    const { worker, address, layers } = this.stage;
    const who = `worker ${worker} (layers ${layers.from} to ${layers.to - 1}, ${address})`;
    const context = { ...error.context, worker, layersFrom: layers.from, layersTo: layers.to };
    return new KvError(error.kind, `${who}: ${error.message}`, { context, cause: error });
  }
}
