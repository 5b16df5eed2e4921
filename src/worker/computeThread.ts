import { Worker } from 'node:worker_threads';
import { KvError } from '../core/errors.js';
import type { TensorDigest } from '../core/namespace.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AskPeers, AttendJob, Compute, ComputeDone, ComputeJob, ComputeOptions } from './compute.js';
import type { ComputeStart, FromCompute, ToCompute } from './computeMessages.js';
import { thrownError, thrownMessage } from './thrownMessage.js';

/** Threads cannot run TypeScript: from source, the built file is taken. */
function entryUrl(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/worker/computeMain.js' : './computeMain.js';
  return new URL(built, import.meta.url);
}

type PeersQuestion = Extract<FromCompute, { kind: 'askPeers' }>;

interface Waiting {
  resolve(message: FromCompute): void;
  reject(error: KvError): void;
}

/** The thread that runs ONNX Runtime, seen from the main thread. One request is under way at a time. */
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
    const channel = new Channel(new Worker(entryUrl(), { workerData: start }));
    const answer = await channel.answer();
    if (answer.kind !== 'started')
      throw new KvError('internal', 'the compute thread did not say that it started');
    return new ComputeThread(channel, answer.digests);
  }

  async step(job: ComputeJob): Promise<ComputeDone> {
    const { peers, board, ...rest } = job;
    const message = { ...rest, board: board.memory, hasPeers: peers !== null };
    const answer = await this.#channel.ask({ kind: 'job', job: message }, peers);
    if (answer.kind !== 'done') throw outOfTurn();
    return answer.done;
  }

  async attend(job: AttendJob): Promise<readonly MergedNode[]> {
    const message = { ...job, board: job.board.memory };
    const answer = await this.#channel.ask({ kind: 'attend', job: message }, null);
    if (answer.kind !== 'attended') throw outOfTurn();
    return answer.nodes;
  }

  /** Lets the step in flight end: a thread that is cut off inside native code takes the process with it. */
  async close(): Promise<void> {
    await this.#channel.close();
  }
}

function outOfTurn(): KvError {
  return new KvError('internal', 'the compute thread answered out of turn');
}

class Channel {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #waiting: Waiting | null = null;
  #peers: AskPeers | null = null;
  #ended: KvError | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromCompute) => {
      if (message.kind === 'askPeers') void this.#askPeers(message);
      else this.#settle(message);
    });
    worker.on('error', (error) => this.#end(error));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#end(undefined);
        resolve();
      });
    });
  }

  async ask(message: ToCompute, peers: AskPeers | null): Promise<FromCompute> {
    if (this.#waiting !== null) throw new KvError('internal', 'the compute thread is busy with another step');
    const answer = this.answer();
    this.#peers = peers;
    this.#worker.postMessage(message);
    return await answer;
  }

  async answer(): Promise<FromCompute> {
    if (this.#ended !== null) throw this.#ended;
    return await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  async close(): Promise<void> {
    if (this.#ended === null) this.#worker.postMessage({ kind: 'stop' } satisfies ToCompute);
    await this.#exited;
  }

  async #askPeers({ question, layer, queries }: PeersQuestion): Promise<void> {
    try {
      if (this.#peers === null) throw outOfTurn();
      const nodes = await this.#peers.attend(layer, queries);
      this.#tell({ kind: 'merged', question, nodes });
    } catch (thrown) {
      this.#tell({ kind: 'mergeFailed', question, error: thrownMessage(thrown) });
    }
  }

  #tell(message: ToCompute): void {
    this.#worker.postMessage(message);
  }

  #settle(message: FromCompute): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (message.kind !== 'failed') waiting?.resolve(message);
    else waiting?.reject(thrownError(message.error));
  }

  #end(cause: unknown): void {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    this.#ended ??= new KvError('internal', `the compute thread ended${why}`, { cause });
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
  }
}
