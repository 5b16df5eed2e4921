import type { PositionAnswer, StepAnswer, StepWant } from '../client/stepAnswer.js';
import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { CursorEvent } from './cursorEvent.js';
import { KnownTokens } from './knownTokens.js';
import { NgramProposer } from './ngramProposer.js';
import { PrefetchSums, type PrefetchTotals } from './prefetchTotals.js';
import { createSampler, type SamplingOptions } from './sampler.js';
import { SequenceCursor } from './sequenceCursor.js';
import type { SequenceSession } from './sequenceSession.js';

/** Steps of a prefill that may be under way at once, so that every stage has one to work on. */
export const defaultStepsInFlight = 4;

/** How tokens are proposed ahead of their steps. `ngram`: as the text went on at an earlier place like this. */
export const speculations = ['none', 'ngram'] as const;
export type Speculation = (typeof speculations)[number];

export interface GenerateRequest {
  /** At least one token. */
  readonly prompt: readonly number[];
  /** At least 1. */
  readonly maxTokens: number;
  readonly sampling: SamplingOptions;
  /** Tokens that end the text; the one that did is the last of the tokens. Empty: go on to `maxTokens`. */
  readonly eos: readonly number[];
  /** How many of the highest logits each token event carries; at least 1 is always fetched. */
  readonly topLogits: number;
  readonly stepsInFlight?: number;
  /**
   * With `ngram` one step computes the next token and verifies proposed ones behind it: fewer steps, and bit
   * by bit the same answers and tokens as with `none`, which is the default. Sampling draws at every
   * position as ever, and proposals end where it draws another token.
   */
  readonly speculate?: Speculation;
  readonly signal?: AbortSignal;
}

export interface GenerateTimings {
  /** From the start to the answer of the last prompt token. */
  readonly prefillMs: number;
  readonly firstTokenMs: number;
  /** From the first token to the last. */
  readonly decodeMs: number;
  /** Over `decodeMs`; 0 when there was only one token. */
  readonly tokensPerSecond: number;
}

/** What speculation saved: without it there is a step for every token. */
export interface SpeculationTotals {
  /** Steps that tokens were chosen from. */
  readonly steps: number;
  /** Tokens that such steps computed on trial. */
  readonly proposedTokens: number;
  /** Those of them that were right. */
  readonly acceptedTokens: number;
}

export type GenerateEvent =
  | { readonly kind: 'opened'; readonly cachedTokens: number }
  /**
   * `prefill`: `computed` of `total` tokens have their KV, cached ones included. `waiting`: a worker is gone.
   * `recovered`: KV was lost; decoding goes on after `fromTokens` tokens, which are still there. `recomputed`:
   * what was lost is there again.
   */
  | CursorEvent
  /**
   * Tokens that one step verified come one after the other: `step` has each one's own logits, and the
   * stages' figures with the first of them.
   */
  | { readonly kind: 'token'; readonly token: number; readonly step: StepAnswer }
  | {
      readonly kind: 'done';
      readonly reason: 'eos' | 'length';
      readonly timings: GenerateTimings;
      readonly prefetch: PrefetchTotals;
      readonly speculation: SpeculationTotals;
      readonly recoveries: number;
      /** Why the coordinator could not be told about new blocks; they are found again by their workers. */
      readonly tellError: KvError | null;
    };

/**
 * Continues a prompt. The tokens depend on prompt, model and sampling alone: KV that is found is reused,
 * KV that is lost on the way is computed again.
 * @throws KvError of a step that cannot be recovered, naming worker and layers; `cancelled`.
 */
export async function* generate(
  session: SequenceSession,
  request: GenerateRequest,
  clock: Clock,
): AsyncGenerator<GenerateEvent, void> {
  if (request.prompt.length === 0)
    throw new KvError('invalid', 'the prompt is empty; give at least one token');
  const sampler = createSampler(request.sampling);
  const want: StepWant = { topLogits: Math.max(1, request.topLogits), allLogits: sampler.needsAllLogits };
  const { rootKey, blockTokens, isExact } = session;
  const keyedTokens = isExact ? Number.POSITIVE_INFINITY : request.prompt.length;
  const known = new KnownTokens(rootKey, blockTokens, request.prompt, keyedTokens);
  const proposer = request.speculate === 'ngram' ? new NgramProposer(known) : null;
  const sums = new PrefetchSums();
  const cursor = new SequenceCursor(session, known, sums, {
    stepsInFlight: request.stepsInFlight ?? defaultStepsInFlight,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });

  const startedMs = clock.monotonicMs();
  let firstMs = 0;
  let count = 0;
  let token = -1;
  let steps = 0;
  let proposedTokens = 0;
  let acceptedTokens = 0;
  const isOver = (): boolean => count === request.maxTokens || request.eos.includes(token);
  try {
    yield { kind: 'opened', cachedTokens: yield* cursor.open() };
    do {
      const draft = proposer?.propose(request.maxTokens - count - 1) ?? [];
      const answer = yield* cursor.advance(want, draft);
      steps += 1;
      proposedTokens += answer.earlier.length;
      for (const [at, step] of singleAnswers(answer).entries()) {
        token = sampler.pick(step);
        known.push(token);
        count += 1;
        if (count === 1) firstMs = clock.monotonicMs();
        const isAccepted = at < answer.earlier.length && token === draft[at];
        if (isAccepted) acceptedTokens += 1;
        yield { kind: 'token', token, step };
        if (!isAccepted || isOver()) break;
      }
    } while (!isOver());
    const decodeMs = clock.monotonicMs() - firstMs;
    await cursor.settle();
    const firstTokenMs = firstMs - startedMs;
    yield {
      kind: 'done',
      reason: request.eos.includes(token) ? 'eos' : 'length',
      timings: {
        prefillMs: firstTokenMs,
        firstTokenMs,
        decodeMs,
        tokensPerSecond: decodeMs > 0 ? ((count - 1) * 1000) / decodeMs : 0,
      },
      prefetch: sums.totals(),
      speculation: { steps, proposedTokens, acceptedTokens },
      recoveries: cursor.recoveries,
      tellError: cursor.tellError,
    };
  } finally {
    cursor.close();
  }
}

/** One answer a position; what the stages did comes with the first. */
function singleAnswers({ earlier, stages, ...last }: StepAnswer): StepAnswer[] {
  const positions: PositionAnswer[] = [...earlier, last];
  return positions.map((position, at) => ({ ...position, earlier: [], stages: at === 0 ? stages : [] }));
}
