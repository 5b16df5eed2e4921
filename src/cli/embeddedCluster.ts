import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { KvError } from '../core/errors.js';
import { type ChildEnd, ChildProcess } from './childProcess.js';
import { coordinatorArguments, workerArguments } from './clusterArguments.js';
import { makeTemporaryRoot } from './dataFolder.js';
import { errorPrefix } from './errorLine.js';
import { makeDataFolder } from './makeDataFolder.js';
import type { ReadyLine } from './readyLine.js';
import type { Settings } from './settings.js';
import { WorkerRestarts } from './workerRestarts.js';

/** Weights of many GiB take their time to load; what takes longer than this is stuck. */
const startMsMax = 600_000;

/** Workers write back what is not on disk yet; where nothing is kept they are quick. */
const keepGraceMs = 30_000;
const discardGraceMs = 5_000;

interface Member {
  readonly child: ChildProcess;
  readonly name: string;
  /** Starts it anew in its folder; null for the coordinator. */
  readonly again: (() => ChildProcess) | null;
}

export interface EmbeddedClusterOptions {
  /** Whether a worker that ends unasked is started again, a bounded number of times. */
  readonly restarts: boolean;
}

/** A coordinator and workers in processes of their own, on loopback ports that the kernel picks. */
export class EmbeddedCluster {
  /** Resolves when a process of the cluster ends unasked and is not started again, with an error that names it. */
  readonly failed: Promise<KvError>;
  readonly #members: Member[] = [];
  readonly #temporaryRoot: string | null;
  readonly #restarts: WorkerRestarts | null;
  readonly #log: (line: string) => void;
  #reportFailure: (error: KvError) => void = () => {};
  #coordinator: ReadyLine | null = null;
  #workers: readonly ReadyLine[] = [];
  #stopping: Promise<void> | null = null;
  #isStarted = false;

  private constructor(
    temporaryRoot: string | null,
    log: (line: string) => void,
    { restarts }: EmbeddedClusterOptions,
  ) {
    this.#temporaryRoot = temporaryRoot;
    this.#log = log;
    this.#restarts = restarts ? new WorkerRestarts() : null;
    this.failed = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
  }

  /**
   * Starts all processes and waits until every one serves.
   * @param log takes the lines of their stderr.
   * @throws KvError of the process that could not start; everything is gone then.
   */
  static async start(
    settings: Settings,
    log: (line: string) => void,
    signal: AbortSignal,
    options: EmbeddedClusterOptions = { restarts: false },
  ): Promise<EmbeddedCluster> {
    const temporaryRoot = settings.dataDir === undefined ? await makeTemporaryRoot() : null;
    const cluster = new EmbeddedCluster(temporaryRoot, log, options);
    const deadline = new AbortController();
    const abort = new Promise<never>((_, reject) => {
      const stop = () => reject(KvError.from(signal.reason, 'cancelled'));
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true, signal: deadline.signal });
    });
    const failed = cluster.failed.then((error) => Promise.reject(error));
    const late = cluster.#startDeadline(deadline.signal);
    for (const end of [abort, failed, late]) end.catch(() => {});
    try {
      await Promise.race([cluster.#startAll(settings), abort, failed, late]);
      return cluster;
    } catch (thrown) {
      await cluster.stop();
      throw thrown;
    } finally {
      deadline.abort();
    }
  }

  /** host:port of the coordinator. */
  get address(): string {
    if (this.#coordinator === null) throw new KvError('internal', 'the cluster has no coordinator yet');
    return this.#coordinator.address;
  }

  get coordinator(): ReadyLine | null {
    return this.#coordinator;
  }

  /** One of each stage in their order, then the second of each. */
  get workers(): readonly ReadyLine[] {
    return this.#workers;
  }

  get pids(): readonly number[] {
    return this.#members.map(({ child }) => child.pid);
  }

  /** Ends all processes, workers first, and removes what is not to be kept. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  /** Rejects when the start takes too long, with an error that names who is not ready. */
  async #startDeadline(signal: AbortSignal): Promise<never> {
    await pause(startMsMax, undefined, { signal });
    const late = this.#members.filter(({ child }) => !child.isReady);
    const who = late.map(({ name, child }) => `${name} (pid ${child.pid})`).join(' and ');
    throw new KvError('timedOut', `${who} did not get ready within ${startMsMax / 1000} s; start again`);
  }

  async #startAll(settings: Settings): Promise<void> {
    const root = this.#temporaryRoot ?? settings.dataDir ?? '';
    if (this.#temporaryRoot === null) makeDataFolder(root);
    const ephemeral = this.#temporaryRoot !== null;
    const coordinator = new ChildProcess(
      coordinatorArguments(settings, { dataDir: join(root, 'coordinator'), ephemeral }),
      this.#log,
    );
    this.#add({ child: coordinator, name: 'the coordinator', again: null });
    this.#coordinator = await coordinator.ready();
    const { address } = this.#coordinator;
    const { stages, workers: count = stages } = settings;
    const workers = Array.from({ length: count }, (_, number) => {
      const stage = number % stages;
      const dataDir = join(root, `worker-${number}`);
      const place = { dataDir, ephemeral, stage, coordinator: address, ...recordOf(settings, number, count) };
      const again = () => new ChildProcess(workerArguments(settings, place), this.#log);
      const child = again();
      this.#add({ child, name: `the worker of stage ${stage}`, again });
      return child;
    });
    this.#workers = await Promise.all(workers.map((child) => child.ready()));
    this.#isStarted = true;
  }

  #add(member: Member): void {
    this.#members.push(member);
    void member.child.ended.then((end) => this.#ended(member, end));
  }

  async #ended(member: Member, { code, signal }: ChildEnd): Promise<void> {
    if (this.#stopping !== null) return;
    const { child, name } = member;
    const line = await child.ready().catch(() => null);
    if (line === null && !this.#isStarted) return; // the start reports it
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    const layers = line?.layers ? `layers ${line.layers[0]} to ${line.layers[1] - 1}, ` : '';
    const who = line?.layers ? `worker ${line.id}` : name;
    const what = `${who} (${layers}pid ${child.pid}) ended unasked ${how}`;
    if (this.#startAgain(member)) {
      this.#log(`${errorPrefix}${what}; it is started again`);
      return;
    }
    const context = { worker: line?.id ?? '', pid: child.pid };
    this.#reportFailure(new KvError('unavailable', `${what}; start again`, { context }));
  }

  #startAgain({ child, name, again }: Member): boolean {
    const at = this.#members.findIndex((member) => member.child === child);
    if (again === null || !this.#isStarted) return false;
    if (!(this.#restarts?.mayStart(`${at}`, performance.now()) ?? false)) return false;
    const member = { child: again(), name, again };
    this.#members[at] = member;
    void member.child.ended.then((end) => this.#ended(member, end));
    return true;
  }

  async #stopAll(): Promise<void> {
    const graceMs = this.#temporaryRoot === null ? keepGraceMs : discardGraceMs;
    const [coordinator, ...workers] = this.#members;
    await Promise.all(workers.map(({ child }) => child.stop(graceMs)));
    await coordinator?.child.stop(graceMs);
    // A process that was killed could not remove its own folder.
    if (this.#temporaryRoot !== null) await rm(this.#temporaryRoot, { recursive: true, force: true });
  }
}

/** Each of several workers records in a file of its own. */
function recordOf({ record }: Settings, number: number, workers: number): { readonly record?: string } {
  if (record === undefined) return {};
  return { record: workers === 1 ? record : `${record}.${number}` };
}
