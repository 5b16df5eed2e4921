import { type AttentionMode, exactAttention } from '../core/attentionMode.js';
import { type BlockKey, blockKeyToBytes, packBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Plan, StagePlan } from '../core/plan.js';
import type { CallOptions, Duplex, Peer } from '../core/ports/network.js';
import { attentionModeMessage } from '../rpc/attentionModeMessage.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { DecodeRequest } from '../rpc/gen/kvtide/v1/DecodeRequest.js';
import type { DecodeResponse__Output } from '../rpc/gen/kvtide/v1/DecodeResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import { stepAnswerFrom } from './fromWire.js';
import { StageExchange } from './stageExchange.js';
import type { StepAnswer, StepWant } from './stepAnswer.js';

/** Steps that may be sent ahead of their answers; one more waits. */
const defaultStepsAhead = 8;

export interface DecodeStreamRequest {
  readonly plan: Plan;
  readonly namespace: NamespaceId;
  /** The parent of the first block's key. */
  readonly rootKey: BlockKey;
  /** The chain of blocks that may be reused. */
  readonly blocks: readonly BlockKey[];
  /** What decode steps read; all without it. */
  readonly attention?: AttentionMode;
  readonly stepsAhead?: number;
}

/**
 * One sequence's decode stream to the first stage of its plan. Questions are answered in order. After any
 * error the stream is over: every call fails with that error, which names the worker and its layers.
 */
export class DecodeStream {
  readonly plan: Plan;
  readonly #exchange: StageExchange<DecodeRequest, DecodeResponse__Output>;
  readonly #stepsAhead: number;
  readonly #waiting: (() => void)[] = [];
  #opened: Promise<DecodeResponse__Output> | null = null;
  #stepNumber = 0;
  #stepsUnderWay = 0;

  private constructor(
    first: StagePlan,
    stream: Duplex<DecodeResponse__Output, DecodeRequest>,
    request: DecodeStreamRequest,
  ) {
    this.plan = request.plan;
    this.#exchange = new StageExchange(first, stream);
    this.#stepsAhead = request.stepsAhead ?? defaultStepsAhead;
  }

  /**
   * @param dial a connection to the address of the plan's first stage.
   * @throws KvError `invalid` for a plan without stages. Everything else fails at the first `seek`.
   */
  static open(
    dial: (address: string) => Peer,
    request: DecodeStreamRequest,
    call: CallOptions = {},
  ): DecodeStream {
    const { plan, namespace, rootKey, blocks, attention = exactAttention } = request;
    const [first] = plan.stages;
    if (first === undefined)
      throw new KvError('invalid', `the plan of sequence ${plan.sequence} has no stages`);
    const stream = new DecodeStream(first, dial(first.address).stream(workerEndpoints.decode, call), request);
    stream.#opened = stream.#exchange.ask({
      open: {
        protocol: ownProtocol(),
        plan: { ...plan, stages: plan.stages.map((stage) => ({ ...stage, shards: [...stage.shards] })) },
        stage: 0,
        namespace,
        rootKey: blockKeyToBytes(rootKey),
        blocks: packBlockKeys(blocks),
        attention: attentionModeMessage(attention),
      },
    });
    stream.#opened.catch(() => {}); // whoever seeks hears of it
    return stream;
  }

  /**
   * Goes on after at most `blocks` whole blocks of the chain; the tail is dropped. When the stages hold
   * less, it settles for that.
   * @returns the blocks that are set up.
   * @throws KvError `stale` when the plan is old, `unavailable` when a stage cannot be reached.
   */
  async seek(blocks: number): Promise<number> {
    // The opening counts as a seek to the end of the chain: its answer says where to begin.
    const opening = await this.#opened;
    this.#opened = null;
    let asked = Math.min(blocks, opening?.opened?.usableBlocks ?? blocks);
    for (;;) {
      const { opened } = await this.#exchange.ask({ seek: { blocks: asked } });
      const usable = opened?.usableBlocks ?? 0;
      if (usable === asked) return usable;
      if (usable > asked)
        throw this.#exchange.fail(new KvError('internal', `${usable} blocks usable, ${asked} asked for`));
      asked = usable;
    }
  }

  /**
   * Computes tokens that all lie in one block, at `position` in the sequence. May be called again before
   * the answer is there; beyond `stepsAhead` the call waits.
   * @throws KvError `lost` or `corrupt` when KV that the step reads is gone: open a new stream, seek to what
   * is usable and compute from there.
   */
  async step(position: number, tokens: readonly number[], want: StepWant): Promise<StepAnswer> {
    while (this.#stepsUnderWay >= this.#stepsAhead) await new Promise<void>((go) => this.#waiting.push(go));
    this.#stepsUnderWay += 1;
    try {
      this.#stepNumber += 1;
      const number = this.#stepNumber;
      const ids = Uint32Array.from(tokens);
      const { result } = await this.#exchange.ask({
        step: {
          number,
          position,
          tokens: new Uint8Array(ids.buffer),
          topLogits: want.topLogits,
          allLogits: want.allLogits,
          everyPosition: want.everyPosition ?? false,
        },
      });
      if (result?.number !== number)
        throw this.#exchange.fail(new KvError('internal', `step ${number} was not answered in order`));
      const positions = want.everyPosition ? tokens.length : 1;
      if (result.earlier.length !== positions - 1) {
        const answered = `step ${number} was answered for ${result.earlier.length + 1} of ${positions} positions`;
        throw this.#exchange.fail(
          new KvError('unsupported', `${answered}; update the workers, or decode without speculation`),
        );
      }
      return stepAnswerFrom(result);
    } finally {
      this.#stepsUnderWay -= 1;
      this.#waiting.shift()?.();
    }
  }

  /**
   * Goes back to the first `tokens` tokens, so that others can follow: what was proposed and not chosen goes.
   * Only tokens of the block that still grows can go, `seek` goes further back. It is not answered: steps
   * sent before it are computed before it, and a refusal (`invalid`) fails the next call.
   */
  truncate(tokens: number): void {
    void this.#exchange.send({ truncate: { tokens } });
  }

  /** Ends the stream; the stages drop the tail. Calls that wait fail as `cancelled`. */
  close(): void {
    this.#exchange.close('the decode stream was closed');
  }
}
