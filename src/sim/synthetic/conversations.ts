import type { SeededRandom } from '../seededRandom.js';
import type { TraceRequest } from '../trace.js';
import { ZipfSampler } from '../zipfSampler.js';
import type { SyntheticSource } from './syntheticSource.js';

/** Means are of exponential distributions, numbers of turns geometric; all lengths are in tokens. */
export interface ConversationParameters {
  readonly [name: string]: number;
  readonly requests: number;
  /** Conversations that start in a minute. */
  readonly perMinute: number;
  /** Mean turns of a conversation. */
  readonly turns: number;
  /** Mean time from one turn to the next, in ms. */
  readonly gapMs: number;
  /** Different system prompts, their popularity (Zipf), and the length of each. */
  readonly systemPrompts: number;
  readonly systemSkew: number;
  readonly systemTokens: number;
  /** Mean lengths of the first message, of later ones, and of answers. */
  readonly firstTokens: number;
  readonly turnTokens: number;
  readonly outputTokens: number;
  /** Share of the conversations that go on from where another one stands, as a sub-agent does. */
  readonly forks: number;
  readonly blockTokens: number;
}

/** A prompt so far: the ids of its full blocks. A block that is not full has another id each time. */
interface Context {
  readonly blocks: number[];
  tokens: number;
}

/** Turns that append to a prompt, with answers that become part of it, on top of shared system prompts. */
function conversations(parameters: ConversationParameters, random: SeededRandom): TraceRequest[] {
  const { requests, perMinute, turns, gapMs, systemPrompts, systemTokens, forks } = parameters;
  const { blockTokens, firstTokens, turnTokens, outputTokens } = parameters;
  let ids = 0;
  const extend = (context: Context, tokens: number): void => {
    context.tokens += tokens;
    while ((context.blocks.length + 1) * blockTokens <= context.tokens) {
      context.blocks.push(ids);
      ids += 1;
    }
  };
  const systems = Array.from({ length: systemPrompts }, (): Context => {
    const system: Context = { blocks: [], tokens: 0 };
    extend(system, systemTokens);
    return system;
  });
  const popularity = new ZipfSampler(systemPrompts, parameters.systemSkew);
  const lengthOf = (mean: number): number => Math.max(1, Math.round(random.exponential(mean)));
  const made: TraceRequest[] = [];
  let startMs = 0;
  let last: Context | null = null;
  while (made.length < requests) {
    startMs += random.exponential(60_000 / perMinute);
    const origin = last !== null && random.fraction() < forks ? last : systems[popularity.draw(random)]!;
    const context: Context = { blocks: [...origin.blocks], tokens: origin.tokens };
    let timeMs = startMs;
    const count = random.geometric(turns);
    for (let turn = 0; turn < count; turn += 1) {
      extend(context, lengthOf(turn === 0 ? firstTokens : turnTokens));
      const blocks = [...context.blocks];
      if (context.tokens % blockTokens !== 0) {
        blocks.push(ids);
        ids += 1;
      }
      const answer = lengthOf(outputTokens);
      made.push({
        timeMs: Math.round(timeMs),
        inputTokens: context.tokens,
        outputTokens: answer,
        kind: 'prefill',
        blocks,
      });
      extend(context, answer);
      timeMs += random.exponential(gapMs);
    }
    last = context;
  }
  return made.sort((a, b) => a.timeMs - b.timeMs).slice(0, requests);
}

const chatDefaults: ConversationParameters = {
  requests: 10_000,
  perMinute: 60,
  turns: 3,
  gapMs: 120_000,
  systemPrompts: 3,
  systemSkew: 1,
  systemTokens: 1000,
  firstTokens: 2000,
  turnTokens: 400,
  outputTokens: 300,
  forks: 0,
  blockTokens: 512,
};

/** People who talk with a model over several turns. */
export const chat: SyntheticSource<ConversationParameters> = { defaults: chatDefaults, make: conversations };

/** Programs that call a model again and again with what their tools said, on long shared prompts, and fork. */
export const agents: SyntheticSource<ConversationParameters> = {
  defaults: {
    ...chatDefaults,
    perMinute: 10,
    turns: 20,
    gapMs: 8000,
    systemPrompts: 10,
    systemTokens: 12_000,
    turnTokens: 1200,
    outputTokens: 150,
    forks: 0.2,
  },
  make: conversations,
};

/** Single questions on top of many system prompts of different popularity. */
export const prompts: SyntheticSource<ConversationParameters> = {
  defaults: { ...chatDefaults, turns: 1, systemPrompts: 500, systemTokens: 6000, firstTokens: 300 },
  make: conversations,
};
