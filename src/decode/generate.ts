import type { StepAnswer, StepWant } from '../client/stepAnswer.js';
import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import { KnownTokens } from './knownTokens.js';
import { PrefetchSums, type PrefetchTotals } from './prefetchTotals.js';
import { createSampler, type SamplingOptions } from './sampler.js';
import { SequenceCursor } from './sequenceCursor.js';
import type { SequenceSession } from './sequenceSession.js';

/** Steps of a prefill that may be under way at once, so that every stage has one to work on. */
export const defaultStepsInFlight = 4;

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

export type GenerateEvent =
  | { readonly kind: 'opened'; readonly cachedTokens: number }
  /** `computed` of `total` tokens of the prompt have their KV, cached ones included. */
  | { readonly kind: 'prefill'; readonly computed: number; readonly total: number }
  /** KV was lost; decoding goes on after `fromTokens` tokens, which are still there. */
  | { readonly kind: 'recovered'; readonly fromTokens: number; readonly cause: KvError }
  | { readonly kind: 'token'; readonly token: number; readonly step: StepAnswer }
  | {
      readonly kind: 'done';
      readonly reason: 'eos' | 'length';
      readonly timings: GenerateTimings;
      readonly prefetch: PrefetchTotals;
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
  const known = new KnownTokens(session.rootKey, session.blockTokens, request.prompt);
  const sums = new PrefetchSums();
  const cursor = new SequenceCursor(session, known, sums, {
    stepsInFlight: request.stepsInFlight ?? defaultStepsInFlight,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });

  const startedMs = clock.monotonicMs();
  let firstMs = 0;
  let count = 0;
  let token = -1;
  try {
    yield { kind: 'opened', cachedTokens: await cursor.open() };
    do {
      const answer = yield* cursor.advance(want);
      token = sampler.pick(answer);
      known.push(token);
      count += 1;
      if (count === 1) firstMs = clock.monotonicMs();
      yield { kind: 'token', token, step: answer };
    } while (count < request.maxTokens && !request.eos.includes(token));
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
      recoveries: cursor.recoveries,
      tellError: cursor.tellError,
    };
  } finally {
    cursor.close();
  }
}
