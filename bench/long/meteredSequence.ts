import type { OpenCluster } from '../../src/cli/withCluster.js';
import { LiveSequence, type LiveSequenceOptions } from '../decode/liveSequence.js';
import type { Contender, Round } from '../support/contender.js';
import { StepMeter } from './stepMeter.js';

/** A live sequence whose rounds also say what its steps cost the processes of its cluster. */
export class MeteredSequence implements Contender {
  readonly name: string;

  private constructor(
    readonly live: LiveSequence,
    private readonly meter: StepMeter,
    private readonly steps: number,
  ) {
    this.name = live.name;
  }

  static async open({ client }: OpenCluster, options: LiveSequenceOptions): Promise<MeteredSequence> {
    const live = await LiveSequence.open(client, options);
    return new MeteredSequence(live, await StepMeter.on(client), options.warmUp + options.tokens);
  }

  async round(): Promise<Round> {
    const { result, figures } = await this.meter.over(this.steps, () => this.live.round());
    return { ...result, ...figures };
  }
}
