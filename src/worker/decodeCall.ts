import { blockKeyFromBytes, unpackBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { CallContext, Duplex } from '../core/ports/network.js';
import type { DecodeRequest, DecodeRequest__Output } from '../rpc/gen/kvtide/v1/DecodeRequest.js';
import type { DecodeResponse, DecodeResponse__Output } from '../rpc/gen/kvtide/v1/DecodeResponse.js';
import type { OpenSequence__Output } from '../rpc/gen/kvtide/v1/OpenSequence.js';
import type { PositionResult } from '../rpc/gen/kvtide/v1/PositionResult.js';
import type { StageTrace } from '../rpc/gen/kvtide/v1/StageTrace.js';
import type { Step__Output } from '../rpc/gen/kvtide/v1/Step.js';
import { checkProtocol, ownProtocol } from '../rpc/protocolCheck.js';
import { lengthsToWeigh } from '../transfer/lengthsToWeigh.js';
import { blocksWorthLoading } from '../transfer/loadOrRecompute.js';
import { costsAt, costsOfAll, costsTogether } from '../transfer/prefixCosts.js';
import type { TopLogits } from './compute.js';
import type { OwnPrefix } from './ownPrefix.js';
import { openedOf, type PrefixAnswer, prefixAnswerFrom } from './prefixAnswer.js';
import type { SequenceHost } from './sequenceHost.js';
import { type StageName, stageError } from './stageError.js';
import { stageTraceOf } from './stageTraceOf.js';
import { bytesOfFloats, floatsOfBytes, tokensOfBytes } from './stepBytes.js';
import type { WorkerSequence } from './workerSequence.js';

type Upstream = Duplex<DecodeRequest__Output, DecodeResponse>;
type Downstream = Duplex<DecodeResponse__Output, DecodeRequest>;

interface NextStage {
  readonly name: StageName;
  readonly stream: Downstream;
  /** Ends when the next stage has ended; rejects with its error. */
  readonly relayed: Promise<void>;
}

/**
 * One Decode call: the sequence of one client in this stage. Steps come from upstream, their hidden
 * states go to the next stage, results are relayed back with this stage's trace before them.
 */
export class DecodeCall {
  readonly #host: SequenceHost;
  readonly #upstream: Upstream;
  readonly #call: CallContext;
  readonly #stepsUnderWayMax: number;
  /** Traces of steps whose results have not come back, by step number. */
  readonly #traces = new Map<number, StageTrace>();
  #sequence: WorkerSequence | null = null;
  #stage = 0;
  #next: NextStage | null = null;
  #opened: ((answer: PrefixAnswer) => void) | null = null;
  /** What the last seek decided to go on from, or -1. */
  #decided = -1;
  /** Called when a result was relayed. */
  #relayedOne: () => void = () => {};

  constructor(host: SequenceHost, upstream: Upstream, call: CallContext, stepsUnderWayMax: number) {
    this.#host = host;
    this.#upstream = upstream;
    this.#call = call;
    this.#stepsUnderWayMax = stepsUnderWayMax;
  }

  async run(): Promise<void> {
    try {
      for await (const request of this.#upstream) await this.#handle(request);
      this.#next?.stream.end();
      await this.#next?.relayed;
    } catch (thrown) {
      const error = stageError(thrown, this.#host.name);
      this.#next?.stream.fail(error);
      throw error;
    } finally {
      if (this.#sequence !== null) await this.#host.close(this.#sequence);
    }
  }

  async #handle(request: DecodeRequest__Output): Promise<void> {
    if (request.open) await this.#open(request.open);
    else if (request.seek) await this.#seek(request.seek.blocks, request.seek.lengths);
    else if (request.step) await this.#step(request.step);
    else if (request.truncate) await this.#truncate(request.truncate.tokens);
    else throw new KvError('invalid', 'a decode message was empty; send open, seek, step or truncate');
  }

  async #open(open: OpenSequence__Output): Promise<void> {
    checkProtocol(open.protocol, `the caller at ${this.#call.peer}`);
    if (this.#sequence !== null)
      throw new KvError('invalid', 'the stream has a sequence already; open another stream');
    if (open.rootKey.length !== 32) throw new KvError('invalid', 'the root key is not 32 bytes long');
    this.#stage = open.stage;
    const chain = unpackBlockKeys(open.blocks);
    this.#sequence = await this.#host.open(open, blockKeyFromBytes(open.rootKey), chain, this.#call);
    const next = open.plan?.stages[open.stage + 1];
    if (next?.layers) {
      const stream = this.#host.dialStage(next.address, this.#call);
      const name = { worker: next.worker, layers: next.layers };
      this.#next = { name, stream, relayed: this.#relay(stream, name) };
      // Whoever awaits `relayed` hears of it; until then it must not count as unhandled.
      this.#next.relayed.catch((error: unknown) => this.#upstream.fail(stageError(error, name)));
      await stream.send({ open: { ...open, protocol: ownProtocol(), stage: open.stage + 1 } });
      await this.#answerOf();
    }
    await this.#seek(chain.length, []);
  }

  /**
   * Sets up only where this stage and all after it agree; else says what they could agree on. Who is asked about no
   * lengths decides what is worth loading, for itself and all after it.
   */
  async #seek(blocks: number, asked: readonly number[]): Promise<void> {
    const sequence = this.#openSequence();
    if (this.#traces.size > 0)
      throw new KvError('invalid', 'steps are under way; wait for their results before a seek');
    const own = await this.#host.prefix(sequence, blocks);
    const isFirst = asked.length === 0;
    // What was just decided is not weighed again.
    const weighed = isFirst && blocks === this.#decided ? { ...own, costs: null } : own;
    let { usable, costs } = await this.#withLater(weighed, asked);
    this.#decided = -1;
    if (isFirst && usable === own.usable) {
      if (typeof costs === 'object') usable = blocksWorthLoading(costs);
      this.#decided = usable;
    }
    if (usable < blocks || isFirst) costs = 'untold';
    if (usable === blocks) await this.#host.seek(sequence, blocks);
    await this.#upstream.send({ opened: openedOf({ usable, costs }) });
  }

  /** What this stage and all after it have, and what lengths of it take them together. */
  async #withLater(own: OwnPrefix, asked: readonly number[]): Promise<PrefixAnswer> {
    const { costs } = own;
    const lengths = costs === null ? [own.usable] : lengthsToWeigh(asked, costs.loadMs);
    let later: PrefixAnswer = { usable: own.usable, costs: 'untold' };
    if (this.#next !== null) {
      await this.#next.stream.send({ seek: { blocks: own.usable, lengths } });
      later = await this.#answerOf();
    }
    const { usable } = later;
    if (costs === null || later.costs === 'unmeasured') return { usable, costs: 'unmeasured' };
    if (later.costs !== 'untold') return { usable, costs: costsTogether(costs, later.costs) };
    // Nobody after it tells: it is weighed alone.
    return { usable, costs: asked.length === 0 ? costsOfAll(costs) : costsAt(costs, lengths) };
  }

  async #step(step: Step__Output): Promise<void> {
    const sequence = this.#openSequence();
    // The stream's back-pressure holds what this stage does not take yet.
    while (this.#traces.size >= this.#stepsUnderWayMax) await this.#nextResult();
    const wantsLogits = step.topLogits > 0 || step.allLogits;
    const outcome = await this.#host.step(sequence, {
      position: step.position,
      tokens: tokensOfBytes(step.tokens),
      hidden: step.hidden.length === 0 ? null : floatsOfBytes(step.hidden),
      logits: wantsLogits
        ? { top: step.topLogits, all: step.allLogits, everyPosition: step.everyPosition }
        : null,
      signal: this.#call.signal,
    });
    const trace = stageTraceOf(this.#stage, outcome);
    const { answer } = outcome;
    if (answer.kind === 'hidden') {
      if (this.#next === null) throw new KvError('invalid', 'the plan ends before the last layer');
      this.#traces.set(step.number, trace);
      await this.#next.stream.send({ step: { ...step, hidden: bytesOfFloats(answer.hidden) } });
    } else if (answer.kind === 'none') {
      await this.#upstream.send({ result: { number: step.number, stages: [trace] } });
    } else {
      const earlier = answer.positions.map(positionMessage);
      const last = earlier.pop();
      await this.#upstream.send({ result: { number: step.number, ...last, earlier, stages: [trace] } });
    }
  }

  /** In the order of the steps: those before it have been handed on, those after it come later. */
  async #truncate(tokens: number): Promise<void> {
    const sequence = this.#openSequence();
    await this.#host.exclusively(() => sequence.truncate(tokens));
    await this.#next?.stream.send({ truncate: { tokens } });
  }

  async #relay(stream: Downstream, name: StageName): Promise<void> {
    try {
      for await (const { opened, result } of stream) {
        if (opened) {
          const told = this.#opened;
          this.#opened = null;
          told?.(prefixAnswerFrom(opened));
        } else if (result) {
          const own = this.#traces.get(result.number);
          this.#traces.delete(result.number);
          const stages = own === undefined ? result.stages : [own, ...result.stages];
          await this.#upstream.send({ result: { ...result, stages } });
          this.#relayedOne();
        }
      }
    } catch (thrown) {
      throw stageError(thrown, name);
    }
  }

  /** The next stage's answer to an open or a seek; rejects when the next stage is gone. */
  async #answerOf(): Promise<PrefixAnswer> {
    const answer = new Promise<PrefixAnswer>((resolve) => {
      this.#opened = resolve;
    });
    return await this.#orItsEnd(answer);
  }

  async #nextResult(): Promise<void> {
    const result = new Promise<void>((resolve) => {
      this.#relayedOne = resolve;
    });
    await this.#orItsEnd(result);
  }

  /** What the next stage is to say; rejects when it ends before that. */
  async #orItsEnd<T>(awaited: Promise<T>): Promise<T> {
    const ended = this.#next?.relayed.then(() => {
      throw new KvError('unavailable', 'the next stage ended its stream before it answered');
    });
    return await (ended === undefined ? awaited : Promise.race([awaited, ended]));
  }

  #openSequence(): WorkerSequence {
    if (this.#sequence === null)
      throw new KvError('invalid', 'the first message of a decode stream must be open');
    return this.#sequence;
  }
}

function positionMessage({ ids, logits, logsumexp, all }: TopLogits): PositionResult {
  return {
    topIds: Array.from(ids),
    topLogits: Array.from(logits),
    logsumexp,
    ...(all === null ? {} : { logits: bytesOfFloats(all) }),
  };
}
