import type { OpenCluster } from '../../src/cli/withCluster.js';
import type { DecodeStream } from '../../src/client/decodeStream.js';
import type { StepAnswer } from '../../src/client/stepAnswer.js';
import { KvError } from '../../src/core/errors.js';
import { stallCauses } from '../../src/core/stallCause.js';
import type { Contender, Round } from '../support/contender.js';
import { median } from '../support/median.js';
import type { FilledContext } from './fillContext.js';
import { StepMeter } from './stepMeter.js';

export interface FilledSequenceOptions {
  readonly name: string;
  /** Steps that are timed in a round, and those before them that are not. */
  readonly steps: number;
  readonly warmUp: number;
}

/** Decode steps after a context that was filled in; any token follows, since its KV means nothing. */
export class FilledSequence implements Contender {
  readonly name: string;
  /** What each step so far answered, to be compared. */
  readonly answers: string[] = [];
  readonly #cluster: OpenCluster;
  readonly #context: FilledContext;
  readonly #options: FilledSequenceOptions;
  readonly #stream: DecodeStream;
  readonly #meter: StepMeter;
  #position: number;

  private constructor(
    cluster: OpenCluster,
    context: FilledContext,
    options: FilledSequenceOptions,
    stream: DecodeStream,
    meter: StepMeter,
  ) {
    this.name = options.name;
    this.#cluster = cluster;
    this.#context = context;
    this.#options = options;
    this.#stream = stream;
    this.#meter = meter;
    this.#position = context.tokens;
  }

  /** @throws KvError `lost` when the workers do not find all of the context. */
  static async open(
    cluster: OpenCluster,
    context: FilledContext,
    options: FilledSequenceOptions,
  ): Promise<FilledSequence> {
    const { client, signal } = cluster;
    const { keys } = context;
    const stream = await client.decode(context.sequence, keys, { signal });
    try {
      const found = await stream.seek(keys.length);
      if (found < keys.length)
        throw new KvError('lost', `${options.name}: ${found} of ${keys.length} blocks were found`);
      return new FilledSequence(cluster, context, options, stream, await StepMeter.on(client));
    } catch (thrown) {
      stream.close();
      throw thrown;
    }
  }

  async round(): Promise<Round> {
    const { steps, warmUp } = this.#options;
    for (let step = 0; step < warmUp; step += 1) await this.#step();
    const stepMs: number[] = [];
    const { result, figures } = await this.#meter.over(steps, async () => {
      const answers: StepAnswer[] = [];
      for (let step = 0; step < steps; step += 1) {
        const startedMs = performance.now();
        answers.push(await this.#step());
        stepMs.push(performance.now() - startedMs);
      }
      return answers;
    });
    const context = this.#context.tokens;
    return { context, stepMs: median(stepMs), ...figures, ...traceFigures(result) };
  }

  async close(): Promise<void> {
    this.#stream.close();
    await this.#cluster.client.sequences.release(this.#context.sequence);
  }

  async #step(): Promise<StepAnswer> {
    const token = this.#position % 256;
    const answer = await this.#stream.step(this.#position, [token], { topLogits: 4, allLogits: false });
    this.#position += 1;
    this.answers.push(`${answer.topIds} ${answer.topLogits}`);
    return answer;
  }
}

/** What the leads of the stages report, added up over stages and meant over steps. */
function traceFigures(answers: readonly StepAnswer[]): Record<string, number> {
  const stages = answers.flatMap((answer) => answer.stages);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / answers.length;
  const stalls = stallCauses.map((cause) => {
    const ms = mean(stages.map((stage) => stage.stalls[cause]));
    return [`${cause}StallMs`, ms] as const;
  });
  return {
    computeMs: mean(stages.map(({ computeMs }) => computeMs)),
    ...Object.fromEntries(stalls.filter(([, ms]) => ms > 0)),
    peerPages: mean(stages.map(({ peerPages }) => peerPages)),
  };
}
