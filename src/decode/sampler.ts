import { KvError } from '../core/errors.js';
import { SeededRandom } from './seededRandom.js';

/** What a step answered about the next token. */
export interface StepLogits {
  /** Ids of the highest logits, best first. */
  readonly topIds: readonly number[];
  /** Their logits, float32 values. */
  readonly topLogits: readonly number[];
  /** `[vocabulary]`, or null when only the top was asked for. */
  readonly logits: Float32Array | null;
}

/** Chooses the next token. A seeded sampler draws once a token, so that equal logits give equal tokens. */
export interface Sampler {
  readonly needsAllLogits: boolean;
  pick(step: StepLogits): number;
}

export interface SamplingOptions {
  /** 0: greedy. */
  readonly temperature: number;
  readonly seed: number;
}

export function createSampler({ temperature, seed }: SamplingOptions): Sampler {
  if (temperature === 0) return { needsAllLogits: false, pick: highest };
  const random = new SeededRandom(seed);
  return {
    needsAllLogits: true,
    pick: ({ logits }) => {
      if (logits === null) throw new KvError('internal', 'sampling needs the logits of the whole vocabulary');
      return drawn(logits, temperature, random.fraction());
    },
  };
}

/** The highest logit, the lowest id on ties. */
function highest({ topIds, topLogits }: StepLogits): number {
  let best = -1;
  let bestLogit = Number.NEGATIVE_INFINITY;
  topIds.forEach((id, at) => {
    const logit = topLogits[at] ?? Number.NaN;
    if (logit > bestLogit || (logit === bestLogit && id < best)) {
      best = id;
      bestLogit = logit;
    }
  });
  if (best < 0) throw new KvError('internal', 'a step answered without a usable logit');
  return best;
}

/** The id at `fraction` of the cumulated probabilities softmax(logits / temperature). */
function drawn(logits: Float32Array, temperature: number, fraction: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) most = Math.max(most, logit);
  if (!Number.isFinite(most)) throw new KvError('internal', 'a step answered without a usable logit');
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
  let left = fraction * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (const [id, weight] of weights.entries()) {
    if (weight === 0) continue;
    if (left < weight) return id;
    left -= weight;
    last = id;
  }
  return last;
}
