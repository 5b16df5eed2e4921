import { setImmediate as nextTurn } from 'node:timers/promises';
import PQueue from 'p-queue';
import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import { afterQueue } from './afterQueue.js';
import type { ComputeLane } from './compute.js';
import { Gathering } from './gathering.js';
import type { SequenceStep } from './sequenceStep.js';
import type { StepRequest } from './stepRequest.js';
import type { StepEnd, StepOutcome, StepRunner } from './stepRunner.js';
import type { WorkerSequence } from './workerSequence.js';

/** Steps that are computed together, at most, and their tokens. */
const batchStepsMax = 64;
const batchTokensMax = 256;
/** How long a batch waits at most for half of the sequences that decode to be there. */
const gatherMsMax = 3;

interface Waiting {
  readonly sequence: WorkerSequence;
  readonly step: SequenceStep;
  readonly askedMs: number;
  resolve(outcome: StepOutcome): void;
  reject(error: KvError): void;
}

/** A step of which more than the last token's output is not read goes beside the others. */
function laneOf({ tokens, logits }: Pick<SequenceStep, 'tokens' | 'logits'>): ComputeLane {
  return logits !== null && (tokens.length === 1 || logits.everyPosition) ? 'decode' : 'prefill';
}

/**
 * The steps of a worker's sequences. Decode steps that wait are computed together, as many as a batch holds;
 * prefills go one after the other beside them. In each lane who came first goes first.
 */
export class StepLanes {
  readonly #runner: StepRunner;
  readonly #clock: Clock;
  readonly #lanes: Readonly<Record<ComputeLane, PQueue>> = {
    decode: new PQueue({ concurrency: 1 }),
    prefill: new PQueue({ concurrency: 1 }),
  };
  /** Changes of what sequences hold, one at a time: growing pages may have to wait for each other's room. */
  readonly #changes = new PQueue({ concurrency: 1 });
  readonly #waiting: Readonly<Record<ComputeLane, Waiting[]>> = { decode: [], prefill: [] };
  readonly #gathering: Gathering;

  constructor(runner: StepRunner, clock: Clock) {
    this.#runner = runner;
    this.#clock = clock;
    this.#gathering = new Gathering(clock, gatherMsMax);
  }

  /** Computes a sequence's step, maybe together with those of others. @throws KvError what the step met. */
  step(sequence: WorkerSequence, step: SequenceStep): Promise<StepOutcome> {
    const lane = laneOf(step);
    return new Promise((resolve, reject) => {
      const askedMs = this.#clock.monotonicMs();
      this.#waiting[lane].push({ sequence, step, askedMs, resolve, reject });
      if (lane === 'decode') this.#gathering.came(this.#waiting.decode.length);
      void this.#lanes[lane].add(() => this.#runBatch(lane));
    });
  }

  /** Other work on the kernel, in the order of the lane's steps. */
  async inLane<T>(lane: ComputeLane, work: () => Promise<T>): Promise<T> {
    return await this.#lanes[lane].add(work);
  }

  /** Changes what a sequence holds; it has no step under way. */
  async change<T>(change: () => Promise<T>): Promise<T> {
    return await this.#changes.add(() => {
      this.#runner.stopLoadsAhead();
      return change();
    });
  }

  async idle(): Promise<void> {
    await Promise.all(Object.values(this.#lanes).map((lane) => lane.onIdle()));
    await this.#changes.onIdle();
  }

  /** Each step adds a run; the first of them takes all that wait. */
  async #runBatch(lane: ComputeLane): Promise<void> {
    if (this.#waiting[lane].length === 0) return;
    if (lane === 'decode') await this.#gathering.gather(this.#waiting.decode.length);
    const taken = this.#take(lane);
    if (lane === 'decode') this.#gathering.took(taken.map(({ sequence }) => sequence));
    try {
      await this.#compute(lane, taken);
    } catch (thrown) {
      // A bug: whoever has not heard by now does.
      for (const { reject } of taken) reject(KvError.from(thrown));
    }
  }

  async #compute(lane: ComputeLane, taken: readonly Waiting[]): Promise<void> {
    const begun = await this.change(() => begin(taken));
    if (begun.length === 0) return;
    const startedMs = this.#clock.monotonicMs();
    const ends = await this.#runner.run(
      lane,
      begun.map(({ request }) => request),
    );
    const told = await Promise.all(begun.map(({ waiting }, at) => end(waiting, ends[at]!, startedMs)));
    // The next batch begins before the answers of this one take their way, and they before what may wait.
    void nextTurn().then(() => {
      for (const tell of told) tell();
      if (this.#lanes[lane].pending === 0) this.#runner.loadAhead(lane);
    });
  }

  #take(lane: ComputeLane): Waiting[] {
    const waiting = this.#waiting[lane];
    if (lane === 'prefill') return waiting.splice(0, 1);
    let tokens = 0;
    let count = 0;
    for (const { step } of waiting) {
      tokens += step.tokens.length;
      if (count === batchStepsMax || (count > 0 && tokens > batchTokensMax)) break;
      count += 1;
    }
    return waiting.splice(0, count);
  }
}

/** Ends a step that was computed. @returns what tells its caller. */
async function end(
  { sequence, askedMs, resolve, reject }: Waiting,
  ended: StepEnd,
  startedMs: number,
): Promise<() => void> {
  if (ended.kind === 'failed') return () => reject(ended.error);
  const { outcome } = ended;
  try {
    await sequence.finish(outcome.approximate);
    return () => resolve(afterQueue(outcome, startedMs - askedMs));
  } catch (thrown) {
    return () => reject(KvError.from(thrown));
  }
}

interface Begun {
  readonly waiting: Waiting;
  readonly request: StepRequest;
}

/** Those that cannot begin hear why, and are left out. */
async function begin(all: readonly Waiting[]): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (const waiting of all) {
    try {
      // Whoever is gone takes no growing pages, and costs the others no try.
      if (waiting.step.signal.aborted) throw new KvError('cancelled', 'the caller gave the step up');
      begun.push({ waiting, request: await waiting.sequence.begin(waiting.step) });
    } catch (thrown) {
      waiting.reject(KvError.from(thrown));
    }
  }
  return begun;
}
