import type { KvClient } from '../../src/client/kvClient.js';
import type { StageTrace, StepAnswer } from '../../src/client/stepAnswer.js';
import { KvError } from '../../src/core/errors.js';
import { tierNames } from '../../src/core/tierName.js';
import { ClientSession } from '../../src/decode/clientSession.js';
import { type GenerateEvent, generate } from '../../src/decode/generate.js';
import { systemClock } from '../../src/observe/systemClock.js';
import type { Contender, Round } from '../support/contender.js';
import { tokenFigures } from './tokenFigures.js';

export interface LiveSequenceOptions {
  readonly name: string;
  readonly prompt: readonly number[];
  /** Tokens that all rounds together decode at most. */
  readonly room: number;
  readonly tokens: number;
  readonly warmUp: number;
  readonly signal: AbortSignal;
}

/** One sequence of a cluster that stays open and is decoded a little further in each round. */
export class LiveSequence implements Contender {
  readonly name: string;
  readonly context: number;
  /** The tokens so far, greedy. */
  readonly decoded: number[] = [];
  readonly #session: ClientSession;
  readonly #events: AsyncGenerator<GenerateEvent, void>;
  readonly #options: LiveSequenceOptions;

  private constructor(session: ClientSession, options: LiveSequenceOptions) {
    this.name = options.name;
    this.context = options.prompt.length;
    this.#session = session;
    this.#options = options;
    const request = {
      prompt: options.prompt,
      maxTokens: options.room + 1,
      sampling: { temperature: 0, seed: 0 },
      eos: [],
      topLogits: 1,
      signal: options.signal,
    };
    this.#events = generate(session, request, systemClock);
  }

  /**
   * Opens the sequence and computes what of the prompt is not cached, and the first token.
   * @throws KvError `lost` when more than the prompt's last block had to be computed.
   */
  static async open(client: KvClient, options: LiveSequenceOptions): Promise<LiveSequence> {
    const session = await ClientSession.create(client, options.prompt, { signal: options.signal });
    const sequence = new LiveSequence(session, options);
    try {
      await sequence.#decode(1);
      return sequence;
    } catch (thrown) {
      await sequence.close();
      throw thrown;
    }
  }

  async round(): Promise<Round> {
    const { tokens, warmUp } = this.#options;
    await this.#decode(warmUp);
    const startedMs = performance.now();
    const steps = await this.#decode(tokens);
    const msPerToken = (performance.now() - startedMs) / tokens;
    return { ...tokenFigures(this.context, msPerToken), ...figuresOf(steps) };
  }

  /** Decodes `count` tokens more; answers how long each took, in ms. */
  async stepTimes(count: number): Promise<number[]> {
    const times: number[] = [];
    for (let step = 0; step < count; step += 1) {
      const startedMs = performance.now();
      await this.#decode(1);
      times.push(performance.now() - startedMs);
    }
    return times;
  }

  async close(): Promise<void> {
    await this.#events.return();
    await this.#session.release();
  }

  /** Asks for the next tokens; between the calls the sequence lies still. */
  async #decode(count: number): Promise<StepAnswer[]> {
    const steps: StepAnswer[] = [];
    while (steps.length < count) {
      const { value: event } = await this.#events.next();
      if (event === undefined) throw new KvError('internal', `${this.name}: no room for more tokens`);
      if (event.kind === 'opened') this.#checkCached(event.cachedTokens);
      if (event.kind === 'recovered') throw event.cause;
      if (event.kind !== 'token') continue;
      this.decoded.push(event.token);
      steps.push(event.step);
    }
    return steps;
  }

  /** All whole blocks must be found but the last, when no token comes after it. */
  #checkCached(cachedTokens: number): void {
    const { blockTokens } = this.#session;
    const expected = Math.floor((this.context - 1) / blockTokens) * blockTokens;
    if (cachedTokens === expected) return;
    throw new KvError(
      'lost',
      `${this.name}: ${cachedTokens} of ${expected} tokens of the prefill were found`,
    );
  }
}

/** What the stages report, added up over stages and meant over steps. */
function figuresOf(steps: readonly StepAnswer[]): Record<string, number> {
  const stages = steps.flatMap((step) => step.stages);
  const mean = (figure: (stage: StageTrace) => number): number =>
    stages.reduce((sum, stage) => sum + figure(stage), 0) / steps.length;
  return {
    computeMs: mean(({ computeMs }) => computeMs),
    stallMs: mean(({ stallMs }) => stallMs),
    loadMs: mean(({ loadMs }) => loadMs),
    loadedPages: mean(({ loadedPages }) => tierNames.reduce((sum, tier) => sum + loadedPages[tier], 0)),
  };
}
