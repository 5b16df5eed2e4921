import { ChildProcess } from '../../src/cli/childProcess.js';
import type { ReadyLine } from '../../src/cli/readyLine.js';
import type { EtcdServer } from './etcdServer.js';

/** One coordinator process, and where it is. */
export interface CoordinatorProcess {
  readonly child: ChildProcess;
  readonly ready: ReadyLine;
  readonly address: string;
  readonly pid: number;
  /** Lines of its log. */
  readonly log: readonly string[];
}

const stopGraceMs = 5_000;

/** Three coordinators on an etcd, and a worker for each of two stages of the small model: each a process. */
export class ElectedCluster {
  readonly #workers: readonly ChildProcess[];
  readonly #coordinators: CoordinatorProcess[];
  readonly #args: readonly string[];

  private constructor(
    readonly etcd: EtcdServer,
    coordinators: CoordinatorProcess[],
    workers: readonly ChildProcess[],
    args: readonly string[],
  ) {
    this.#coordinators = coordinators;
    this.#workers = workers;
    this.#args = args;
  }

  static async start(etcd: EtcdServer, workerArgs: readonly string[] = []): Promise<ElectedCluster> {
    const args = ['--etcd', etcd.address, '--log-level', 'info', '--metrics-listen', '127.0.0.1:0'];
    const coordinators: CoordinatorProcess[] = [];
    for (let at = 0; at < 3; at += 1) coordinators.push(await startOne(args, '127.0.0.1:0'));
    const list = coordinators.map(({ address }) => address).join(',');
    const workers = [0, 1].map(
      () =>
        new ChildProcess(
          ['worker', '--model', 'models/tiny-dts', '--coordinator', list, ...workerArgs],
          () => {},
        ),
    );
    const cluster = new ElectedCluster(etcd, coordinators, workers, args);
    try {
      await Promise.all(workers.map((worker) => worker.ready()));
      return cluster;
    } catch (thrown) {
      await cluster.stop();
      throw thrown;
    }
  }

  /** What `--cluster` takes. */
  get addresses(): string {
    return this.#coordinators.map(({ address }) => address).join(',');
  }

  get coordinators(): readonly CoordinatorProcess[] {
    return this.#coordinators;
  }

  /** Starts a coordinator again in place of one that was killed, at its address. */
  async restart(killed: CoordinatorProcess): Promise<void> {
    await killed.child.ended;
    this.#coordinators[this.#coordinators.indexOf(killed)] = await startOne(this.#args, killed.address);
  }

  /** The coordinator that etcd names. */
  async leader(): Promise<CoordinatorProcess> {
    const kv = this.etcd.client();
    try {
      const [record] = await kv.read(['kvtide/leader']);
      const address = Buffer.from(record?.value ?? []).toString();
      const leader = this.#coordinators.find((one) => one.address === address);
      if (leader === undefined) throw new RangeError(`"${address}" is none of the coordinators`);
      return leader;
    } finally {
      kv.close();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop(stopGraceMs)));
    await Promise.all(
      this.#coordinators.map(async ({ child, pid }) => {
        try {
          process.kill(pid, 'SIGCONT');
        } catch {
          return; // it has ended
        }
        await child.stop(stopGraceMs);
      }),
    );
  }
}

async function startOne(args: readonly string[], listen: string): Promise<CoordinatorProcess> {
  const log: string[] = [];
  const child = new ChildProcess(['coordinator', ...args, '--listen', listen], (line) => log.push(line));
  const ready = await child.ready();
  return { child, ready, address: ready.address, pid: child.pid, log };
}

/** One figure of a coordinator's /metrics, summed over its labels. */
export async function metricOf({ ready }: CoordinatorProcess, name: string): Promise<number> {
  const text = await (await fetch(`http://${ready.metricsAddress}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
