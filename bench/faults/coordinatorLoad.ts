import { createHash } from 'node:crypto';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import { KvClient } from '../../src/client/kvClient.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { SequenceId } from '../../src/core/plan.js';

export const loadModel = demoModel;

const promptTokens = 320;
const decodedTokens = 64;
const pauseMs = 20;
/** They have room together with the decodes. */
const sequencesMax = 16;
/** Budgets of each worker under this load. */
export const loadBudgets = ['--device-bytes', '64MiB', '--pinned-bytes', '64MiB'];
const patienceMs = 30_000;
const probeDeadlineMs = 500;

/** What clients were told, and what has to be so for ever after. */
export class CoordinatorLoad {
  /** The longest time between two answers of a probe that goes on and on. */
  gapMs = 0;
  decodes = 0;
  sameTokens = 0;
  epochsTwice = 0;
  readonly #pinned: BlockKey[] = [];
  readonly #sequences: SequenceId[] = [];
  readonly #client: KvClient;
  #epoch = 0;
  #isOver = false;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(client: KvClient) {
    this.#client = client;
  }

  /** @param addresses of coordinators, with commas between them. */
  static async start(addresses: string): Promise<CoordinatorLoad> {
    const load = new CoordinatorLoad(await KvClient.connect(addresses));
    await load.untilWhole();
    const alone = await load.#generate();
    load.#running = Promise.all([load.#pin(), load.#create(), load.#decode(alone)]);
    load.#running.catch(() => {}); // told by `end`
    return load;
  }

  /** @returns when every stage has its worker; sees that the epoch is one that nobody was told before. */
  async untilWhole(afterRestart = false): Promise<void> {
    const cluster = await this.#patiently(async () => {
      const { cluster: found } = await this.#client.status({ deadlineMs: probeDeadlineMs });
      if (found.model === null) throw new KvError('unavailable', 'a stage has no worker');
      return found;
    });
    if (afterRestart && cluster.epoch <= this.#epoch) this.epochsTwice += 1;
    this.#epoch = Math.max(this.#epoch, cluster.epoch);
  }

  /** Ends the load and looks for what was promised. */
  async end(): Promise<{ lostPins: number; lostSequences: number; pins: number; sequences: number }> {
    this.#isOver = true;
    await this.#running;
    await this.untilWhole();
    const { pinnedBlocks } = await this.#client.status();
    const [pins, sequences] = [this.#pinned.length, this.#sequences.length];
    let lostSequences = 0;
    for (const sequence of this.#sequences) {
      const kept = await this.#client.sequences.refresh(sequence).then(
        () => true,
        () => false,
      );
      if (!kept) lostSequences += 1;
    }
    return { pins, sequences, lostPins: Math.max(0, pins - pinnedBlocks), lostSequences };
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#running.catch(() => {});
    await this.#client.close();
  }

  /** Pins one block after the other: also what says how long nobody was served. */
  async #pin(): Promise<void> {
    let servedMs = performance.now();
    while (!this.#isOver) {
      const key = createHash('sha256').update(`pin ${this.#pinned.length}`).digest('hex') as BlockKey;
      await this.#patiently(() =>
        this.#client.blocks.pin([key], { ttlMs: 86_400_000, deadlineMs: probeDeadlineMs }),
      );
      this.#pinned.push(key);
      this.gapMs = Math.max(this.gapMs, performance.now() - servedMs);
      servedMs = performance.now();
      await pause();
    }
  }

  /** Sequences that stay. */
  async #create(): Promise<void> {
    while (!this.#isOver && this.#sequences.length < sequencesMax) {
      const { plan } = await this.#patiently(() => this.#client.sequences.create([], 1));
      this.#sequences.push(plan.sequence);
      await pause(10 * pauseMs);
    }
  }

  async #decode(alone: readonly number[]): Promise<void> {
    while (!this.#isOver) {
      const tokens = await this.#patiently(() => this.#generate());
      this.decodes += 1;
      if (tokens.every((token, at) => token === alone[at])) this.sameTokens += 1;
    }
  }

  async #generate(): Promise<readonly number[]> {
    const prompt = readDemoText(undefined, promptTokens);
    const sampling = { temperature: 0, seed: 0 };
    const wanted = { prompt, maxTokens: decodedTokens, sampling, eos: [], topLogits: 1 };
    return (await collectGeneration(this.#client, wanted)).tokens;
  }

  /** Again and again while nobody can be reached, as a client would. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const giveUpMs = performance.now() + patienceMs;
    for (;;) {
      try {
        return await ask();
      } catch (thrown) {
        const { kind } = KvError.from(thrown);
        if ((kind !== 'unavailable' && kind !== 'timedOut') || performance.now() > giveUpMs) throw thrown;
      }
      await pause();
    }
  }
}

function pause(delayMs = pauseMs): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
