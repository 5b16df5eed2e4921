import type { KvClient } from '../../src/client/kvClient.js';
import { LiveSequence, type LiveSequenceOptions } from '../decode/liveSequence.js';
import type { Contender, Round } from '../support/contender.js';

/** A live sequence of a cluster whose pages cross a link double; its rounds say what the link did. */
export class LinkedSequence implements Contender {
  readonly name: string;
  readonly note = 'a test double stands in for the copy engine; its copies take copyMs of processor time';

  private constructor(
    readonly live: LiveSequence,
    private readonly client: KvClient,
    private readonly options: LiveSequenceOptions,
  ) {
    this.name = live.name;
  }

  static async open(client: KvClient, options: LiveSequenceOptions): Promise<LinkedSequence> {
    return new LinkedSequence(await LiveSequence.open(client, options), client, options);
  }

  async round(): Promise<Round> {
    const before = await this.#link();
    const figures = await this.live.round();
    const after = await this.#link();
    const steps = this.options.warmUp + this.options.tokens;
    return {
      ...figures,
      linkMs: (after.linkMs - before.linkMs) / steps,
      copyMs: (after.copyMs - before.copyMs) / steps,
    };
  }

  async #link(): Promise<{ readonly linkMs: number; readonly copyMs: number }> {
    let linkMs = 0;
    let copyMs = 0;
    for (const { address } of (await this.client.status()).cluster.workers) {
      const { link } = await this.client.workerFigures(address);
      if (link === null) continue;
      linkMs += (link.crossedBytes / link.bytesPerSecond) * 1e3;
      copyMs += link.copyMs;
    }
    return { linkMs, copyMs };
  }
}
