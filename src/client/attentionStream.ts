import { KvError } from '../core/errors.js';
import type { StagePlan } from '../core/plan.js';
import type { Duplex } from '../core/ports/network.js';
import { errorOfBytes } from '../rpc/errorBytes.js';
import type { AttentionRequest } from '../rpc/gen/kvtide/v1/AttentionRequest.js';
import type { AttentionResponse__Output } from '../rpc/gen/kvtide/v1/AttentionResponse.js';
import { lossNamed } from './lossNamed.js';
import { StageExchange } from './stageExchange.js';

/** What the worker could not do, or null. */
export function refusalIn({ error }: AttentionResponse__Output): KvError | null {
  if (error.length === 0) return null;
  return errorOfBytes(error) ?? new KvError('internal', 'a worker refused something and did not say why');
}

/** One sequence's attention stream to the worker of one stage. Questions are answered in order. */
export class AttentionStream {
  readonly stage: StagePlan;
  readonly #exchange: StageExchange<AttentionRequest, AttentionResponse__Output>;
  #tokens: () => number = () => 0;

  constructor(stage: StagePlan, stream: Duplex<AttentionResponse__Output, AttentionRequest>) {
    this.stage = stage;
    this.#exchange = new StageExchange(stage, stream);
  }

  /** From now on a worker that is lost is told of with what is lost. @param tokens of the sequence, at any time. */
  names(tokens: () => number): void {
    this.#tokens = tokens;
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
  async exchange(message: AttentionRequest): Promise<AttentionResponse__Output> {
    try {
      return await this.#exchange.ask(message);
    } catch (thrown) {
      throw lossNamed(thrown, this.stage, this.#tokens());
    }
  }

  /** Bytes that are not answered; waits while the worker is behind. @throws KvError what ended the stream. */
  async send(data: Uint8Array): Promise<void> {
    await this.#exchange.send({ data });
    const { failure } = this.#exchange;
    if (failure !== null) throw lossNamed(failure, this.stage, this.#tokens());
  }

  close(): void {
    this.#exchange.close('the attention session was closed');
  }
}
