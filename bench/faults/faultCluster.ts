import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ChildProcess } from '../../src/cli/childProcess.js';
import { coordinatorArguments, workerArguments } from '../../src/cli/clusterArguments.js';
import type { ReadyLine } from '../../src/cli/readyLine.js';
import type { Settings } from '../../src/cli/settings.js';
import type { ClusterDescription } from '../../src/client/clusterDescription.js';
import { KvClient } from '../../src/client/kvClient.js';
import { KvError } from '../../src/core/errors.js';

const stopGraceMs = 30_000;
/** What a process exits with that was told to end by SIGTERM. */
const endedAsAsked = 143;
const readyPollMs = 20;
const readyMsMax = 60_000;

interface Member {
  readonly child: ChildProcess;
  /** Null while it starts. */
  line: ReadyLine | null;
}

/** A coordinator and workers in processes of their own, each of which can be killed and started again. */
export class FaultCluster {
  readonly #settings: Settings;
  readonly #root: string;
  readonly #log: (line: string) => void;
  readonly #workers: Member[] = [];
  #coordinator: Member | null = null;
  #address = '';

  private constructor(settings: Settings, root: string, log: (line: string) => void) {
    this.#settings = settings;
    this.#root = root;
    this.#log = log;
  }

  /** Ends all processes and removes their folders after `body`, however it ends. */
  static async during<T>(
    settings: Settings,
    log: (line: string) => void,
    body: (cluster: FaultCluster, client: KvClient) => Promise<T>,
  ): Promise<T> {
    const root = await mkdtemp(join(tmpdir(), 'kvtide-faults-'));
    const cluster = new FaultCluster(settings, root, log);
    let client: KvClient | null = null;
    try {
      await cluster.#start();
      client = await KvClient.connect(cluster.address, {});
      await cluster.allReady(client);
      return await body(cluster, client);
    } finally {
      await client?.close();
      await cluster.#stop();
      await rm(root, { recursive: true, force: true });
    }
  }

  /** host:port of the coordinator. */
  get address(): string {
    return this.#address;
  }

  get workers(): number {
    return this.#workers.length;
  }

  idOf(worker: number): string {
    return this.#workers[worker]?.line?.id ?? '';
  }

  /** SIGKILL. Resolves when it is gone. */
  async killWorker(worker: number): Promise<void> {
    await kill(this.#workers[worker]);
  }

  async killCoordinator(): Promise<void> {
    await kill(this.#coordinator);
  }

  /** As an operator ends it. Resolves when it is gone. @throws KvError when it had to be killed. */
  async stopWorker(worker: number): Promise<void> {
    await stop(this.#workers[worker]);
  }

  async stopCoordinator(): Promise<void> {
    await stop(this.#coordinator);
  }

  /** On the data folder that it had; resolves when it says that it serves. */
  async startWorker(worker: number): Promise<void> {
    const child = new ChildProcess(
      workerArguments(this.#settings, {
        dataDir: join(this.#root, `worker-${worker}`),
        ephemeral: false,
        stage: worker % this.#settings.stages,
        coordinator: this.address,
      }),
      this.#log,
    );
    const member: Member = { child, line: null };
    this.#workers[worker] = member;
    member.line = await child.ready();
  }

  /** On the address and the data folder that it had. */
  async startCoordinator(): Promise<void> {
    const { address } = this;
    const settings = address === '' ? this.#settings : { ...this.#settings, listen: address };
    const folder = { dataDir: join(this.#root, 'coordinator'), ephemeral: false };
    const child = new ChildProcess(coordinatorArguments(settings, folder), this.#log);
    const member: Member = { child, line: null };
    this.#coordinator = member;
    member.line = await child.ready();
    this.#address = member.line.address;
  }

  /** @throws KvError `timedOut` when not all workers get ready. */
  async allReady(client: KvClient): Promise<void> {
    const giveUpAtMs = performance.now() + readyMsMax;
    for (;;) {
      const { workers } = await described(client);
      if (workers.filter(({ state }) => state === 'ready').length === this.workers) return;
      if (performance.now() > giveUpAtMs) {
        const states = workers.map(({ id, state }) => `${id} ${state}`).join(', ');
        throw new KvError('timedOut', `of ${this.workers} workers not all are ready: ${states}`);
      }
      await pause(readyPollMs);
    }
  }

  async #start(): Promise<void> {
    await this.startCoordinator();
    const { stages, workers = stages } = this.#settings;
    // Each is ready when all stages are there.
    await Promise.all(Array.from({ length: workers }, (_, worker) => this.startWorker(worker)));
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#workers.map(({ child }) => child.stop(stopGraceMs)));
    await this.#coordinator?.child.stop(stopGraceMs);
  }
}

/** No workers while the coordinator cannot be reached. */
async function described(client: KvClient): Promise<Pick<ClusterDescription, 'workers'>> {
  try {
    return await client.describe();
  } catch (thrown) {
    if (KvError.from(thrown).kind !== 'unavailable') throw thrown;
    return { workers: [] };
  }
}

async function kill(member: Member | null | undefined): Promise<void> {
  if (!member) return;
  process.kill(member.child.pid, 'SIGKILL');
  await member.child.ended;
}

async function stop(member: Member | null | undefined): Promise<void> {
  if (!member) return;
  const { code, signal } = await member.child.stop(stopGraceMs);
  if (code === endedAsAsked) return;
  const who = `${member.line?.ready ?? 'process'} ${member.line?.id ?? member.child.pid}`;
  throw new KvError('internal', `${who} ended with ${signal ?? code}, not as it was asked to`);
}
