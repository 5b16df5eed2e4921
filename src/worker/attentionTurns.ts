import { KvError } from '../core/errors.js';
import type { AttentionOutcome, AttentionRequest } from './attentionRequest.js';
import type { ComputeLane } from './compute.js';
import type { StepRunner } from './stepRunner.js';

/** Sequences whose attention is computed together, at most: steps of others wait as long. */
const togetherMax = 64;

interface Waiting {
  readonly request: AttentionRequest;
  resolve(outcome: AttentionOutcome): void;
  reject(error: KvError): void;
}

type InLane = (lane: ComputeLane, work: () => Promise<void>) => Promise<void>;

/** Attention for engines with their own model: what of single tokens waits for the kernel is computed together. */
export class AttentionTurns {
  readonly #runner: Pick<StepRunner, 'attention'>;
  readonly #inLane: InLane;
  readonly #waiting: Readonly<Record<ComputeLane, Waiting[]>> = { decode: [], prefill: [] };

  /** @param inLane works on the kernel, in the order of the lane's steps. */
  constructor(runner: Pick<StepRunner, 'attention'>, inLane: InLane) {
    this.#runner = runner;
    this.#inLane = inLane;
  }

  /** The request's pages stay held until it settles. @throws KvError what the request met. */
  attend(request: AttentionRequest): Promise<AttentionOutcome> {
    const lane = request.queries.tokens === 1 ? 'decode' : 'prefill';
    return new Promise((resolve, reject) => {
      this.#waiting[lane].push({ request, resolve, reject });
      void this.#inLane(lane, () => this.#runSome(lane));
    });
  }

  /** Each request adds a run; the first of them takes all that wait. */
  async #runSome(lane: ComputeLane): Promise<void> {
    const taken = this.#waiting[lane].splice(0, lane === 'prefill' ? 1 : togetherMax);
    if (taken.length === 0) return;
    const requests = taken.map(({ request }) => request);
    try {
      const ends = await this.#runner.attention(lane, requests);
      for (const [at, { resolve, reject }] of taken.entries()) {
        const end = ends[at]!;
        if (end.kind === 'done') resolve(end.outcome);
        else reject(end.error);
      }
    } catch (thrown) {
      for (const { reject } of taken) reject(KvError.from(thrown));
    }
  }
}
