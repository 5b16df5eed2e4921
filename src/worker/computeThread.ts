import { Worker } from 'node:worker_threads';
import { KvError } from '../core/errors.js';
import type { TensorDigest } from '../core/namespace.js';
import { thrownError, thrownMessage } from '../core/thrownMessage.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { Board } from '../memory/board.js';
import type {
  AttendJob,
  AttentionDone,
  AttentionJob,
  Compute,
  ComputeDone,
  ComputeJob,
  ComputeLane,
  ComputeOptions,
  ComputePart,
} from './compute.js';
import type { ComputeStart, FromCompute, JobEnd, ToCompute } from './computeMessages.js';

/** Threads cannot run TypeScript: the built file is taken, two levels up from src/ and from dist/ alike. */
const entry = new URL('../../dist/worker/computeMain.js', import.meta.url);

type WithPeers = Pick<ComputePart, 'peers'>;
type PeersQuestion = Extract<FromCompute, { kind: 'askPeers' }>;

/** A job that is under way. */
interface UnderWay {
  readonly id: number;
  readonly board: Board;
  readonly parts: readonly WithPeers[];
  end(end: JobEnd): void;
  fail(error: KvError): void;
}

/** The thread that runs ONNX Runtime, seen from the main thread. One job of each lane is under way at a time. */
export class ComputeThread implements Compute {
  readonly digests: readonly TensorDigest[];
  readonly #channel: Channel;

  private constructor(channel: Channel, digests: readonly TensorDigest[]) {
    this.#channel = channel;
    this.digests = digests;
  }

  /** Loads the layers. @throws KvError as the model's loader says. */
  static async start(options: ComputeOptions): Promise<ComputeThread> {
    const start: ComputeStart = { ...options, device: options.device.handle };
    const channel = new Channel(new Worker(entry, { workerData: start }));
    return new ComputeThread(channel, await channel.started);
  }

  async step(job: ComputeJob): Promise<ComputeDone> {
    const { board, lane, parts, sheet, ...rest } = job;
    const sent = parts.map(({ peers, ...part }) => ({ ...part, hasPeers: peers !== null }));
    const end = await this.#channel.run(lane, board, parts, (id) => ({
      kind: 'job',
      id,
      job: { ...rest, lane, board: board.memory, sheet: sheet?.memory ?? null, parts: sent },
    }));
    if (end.kind !== 'done') throw outOfTurn();
    return end.done;
  }

  async attend(job: AttendJob): Promise<readonly MergedNode[]> {
    const { board, lane } = job;
    const end = await this.#channel.run(lane, board, [], (id) => ({
      kind: 'attend',
      id,
      job: { ...job, board: board.memory },
    }));
    if (end.kind !== 'attended') throw outOfTurn();
    return end.nodes;
  }

  async attention(job: AttentionJob): Promise<AttentionDone> {
    const { board, lane, parts, blocks, sheet } = job;
    const sent = parts.map(({ peers, ...part }) => ({ ...part, hasPeers: peers !== null }));
    const end = await this.#channel.run(lane, board, parts, (id) => ({
      kind: 'attention',
      id,
      job: { lane, blocks, board: board.memory, sheet: sheet?.memory ?? null, parts: sent },
    }));
    if (end.kind !== 'attention') throw outOfTurn();
    return end.done;
  }

  /** Lets the jobs in flight end: a thread that is cut off inside native code takes the process with it. */
  async close(): Promise<void> {
    await this.#channel.close();
  }
}

function outOfTurn(): KvError {
  return new KvError('internal', 'the compute thread answered out of turn');
}

class Channel {
  readonly started: Promise<readonly TensorDigest[]>;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #underWay = new Map<ComputeLane, UnderWay>();
  #lastId = 0;
  #ended: KvError | null = null;
  #failStart: (error: KvError) => void = () => {};

  constructor(worker: Worker) {
    this.#worker = worker;
    this.started = new Promise((resolve, reject) => {
      this.#failStart = reject;
      worker.on('message', (message: FromCompute) => {
        if (message.kind === 'started') resolve(message.digests);
        else if (message.kind === 'notStarted') reject(thrownError(message.error));
        else if (message.kind === 'askPeers') void this.#askPeers(message);
        else this.#end(message);
      });
    });
    worker.on('error', (error) => this.#died(error));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#died(undefined);
        resolve();
      });
    });
  }

  /** @throws KvError what the job threw, or `internal` when the thread ended. */
  run(
    lane: ComputeLane,
    board: Board,
    parts: readonly WithPeers[],
    message: (id: number) => ToCompute,
  ): Promise<JobEnd> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#underWay.has(lane)) {
      return Promise.reject(new KvError('internal', `the compute thread is busy with another ${lane} job`));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const end = (said: JobEnd): void => {
        if (said.kind === 'failed') reject(thrownError(said.error));
        else resolve(said);
      };
      this.#underWay.set(lane, { id, board, parts, end, fail: reject });
      this.#worker.postMessage(message(id));
      // A thread that sleeps until the other lane's pages come does not see messages.
      for (const [other, job] of this.#underWay) if (other !== lane) job.board.announce();
    });
  }

  async close(): Promise<void> {
    if (this.#ended === null) this.#worker.postMessage({ kind: 'stop' } satisfies ToCompute);
    await this.#exited;
  }

  async #askPeers({ question, id, part, layer, queries }: PeersQuestion): Promise<void> {
    try {
      const job = [...this.#underWay.values()].find((one) => one.id === id);
      const peers = job?.parts[part]?.peers ?? null;
      if (peers === null) throw outOfTurn();
      const nodes = await peers.attend(layer, queries);
      this.#tell({ kind: 'merged', question, nodes });
    } catch (thrown) {
      this.#tell({ kind: 'mergeFailed', question, error: thrownMessage(thrown) });
    }
  }

  #tell(message: ToCompute): void {
    this.#worker.postMessage(message);
  }

  #end(said: JobEnd): void {
    for (const [lane, job] of this.#underWay) {
      if (job.id !== said.id) continue;
      this.#underWay.delete(lane);
      job.end(said);
    }
  }

  #died(cause: unknown): void {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    this.#ended ??= new KvError('internal', `the compute thread ended${why}`, { cause });
    this.#failStart(this.#ended);
    for (const { fail } of this.#underWay.values()) fail(this.#ended);
    this.#underWay.clear();
  }
}
