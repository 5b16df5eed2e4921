import { KvClient } from '../client/kvClient.js';
import { Coordinator } from '../coordinator/coordinator.js';
import { type CoordinatorOptions, defaultCoordinatorOptions } from '../coordinator/options.js';
import { type ErrorContext, KvError } from '../core/errors.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import { splitLayers } from '../core/layerRange.js';
import type { Clock } from '../core/ports/clock.js';
import type { Disk } from '../core/ports/disk.js';
import type { Network } from '../core/ports/network.js';
import type { ByTier } from '../core/tierName.js';
import type { TierStats } from '../core/tierStats.js';
import { PagePlanes } from '../device/pagePlanes.js';
import { HeapSlab } from '../memory/heapSlab.js';
import { CoordinatorMetrics } from '../observe/coordinatorMetrics.js';
import { silentLogger } from '../observe/logger.js';
import { Metrics } from '../observe/metrics.js';
import { defaultPrefetch, type PrefetchPolicyName } from '../policy/prefetchPolicies.js';
import { leastDeviceBytes } from '../tiers/leastDeviceBytes.js';
import { copyLink } from '../transfer/copyLink.js';
import { defaultWorkerLimits, type WorkerLimits } from '../worker/workerLimits.js';
import { WorkerServer } from '../worker/workerServer.js';
import { FakeCompute } from './fakeCompute.js';
import { LocalBoard } from './localBoard.js';
import { ProcessClock } from './processClock.js';
import { ProcessDisk } from './processDisk.js';
import { SimulatedClock } from './simulatedClock.js';
import { type DiskFaults, SimulatedDisk } from './simulatedDisk.js';
import { type AnswerListener, SimulatedNetwork } from './simulatedNetwork.js';
import { SimulatedRandom } from './simulatedRandom.js';
import { StateMedium } from './simulatedStore.js';

export interface SimulatedClusterOptions {
  readonly seed: number | string;
  readonly geometry: Geometry;
  readonly stages: number;
  /** A multiple of `stages`; worker n serves stage `n % stages`. One a stage where nothing is said. */
  readonly workers?: number;
  /** Pages that a worker's device holds beyond the least, that its pinned tier and its disk hold. */
  readonly pages: ByTier<number>;
  readonly diskFaults?: DiskFaults;
  /** What the fake kernel says that a token takes; it takes no time. */
  readonly computeMsPerToken?: number;
  readonly limits?: Partial<WorkerLimits>;
  readonly coordinator?: Partial<CoordinatorOptions>;
  readonly onAnswer?: AnswerListener;
  /** What the coordinator's machine is in its network's place: a seam for bugs that are planted. */
  readonly coordinatorNetwork?: (network: Network) => Network;
  /** The same for the disk of each worker. */
  readonly workerDisk?: (disk: Disk, clock: Clock) => Disk;
  /** Pinned memory that a worker is given beside that of `pages`, for a bug that is planted. */
  readonly hiddenBytes?: number;
  /** Hears what machines would write to their logs. */
  readonly warned?: (machine: string, message: string, context: ErrorContext) => void;
  /** After each timer that has fired, and all that came of it. */
  readonly afterEvent?: () => void;
  readonly prefetch?: PrefetchPolicyName;
}

const coordinatorAddress = '127.0.0.1:7400';
const coordinatorMachine = 'coordinator';
const workerMachine = (worker: number): string => `worker-${worker}`;

/** One process of a worker. */
interface WorkerProcess {
  readonly clock: ProcessClock;
  server: WorkerServer | null;
  /** What its tiers hold, once it serves. */
  tiers: (() => readonly TierStats[]) | null;
}

/** One process of the coordinator. */
interface CoordinatorProcess {
  readonly clock: ProcessClock;
  server: Coordinator | null;
}

/**
 * A coordinator and its workers in one process: the real logic over a simulated clock, network and disk
 * and a fake kernel. One seed gives one run.
 */
export class SimulatedCluster {
  readonly clock: SimulatedClock;
  readonly random: SimulatedRandom;
  readonly network: SimulatedNetwork;
  readonly disks: readonly SimulatedDisk[];
  readonly #options: SimulatedClusterOptions;
  readonly #medium: StateMedium;
  readonly #workers: (WorkerProcess | null)[];
  #coordinator: CoordinatorProcess | null = null;
  #lives = 0;
  #clients = 0;

  constructor(options: SimulatedClusterOptions) {
    this.#options = options;
    const { afterEvent } = options;
    this.clock = new SimulatedClock(afterEvent === undefined ? {} : { afterEvent });
    this.random = new SimulatedRandom(options.seed);
    const { onAnswer } = options;
    this.network = new SimulatedNetwork(
      this.clock,
      this.random.fork('network'),
      onAnswer === undefined ? {} : { onAnswer },
    );
    this.#medium = new StateMedium(this.clock, this.random.fork('state'));
    const { stages, workers = stages } = options;
    this.disks = Array.from({ length: workers }, (_, worker) => {
      return new SimulatedDisk(this.clock, this.random.fork(`disk-${worker}`), options.diskFaults);
    });
    this.#workers = this.disks.map(() => null);
  }

  /** Names of the machines that it runs on. */
  get machines(): readonly string[] {
    return [coordinatorMachine, ...this.disks.map((_, worker) => workerMachine(worker))];
  }

  /** Resolves when every worker serves. Time has to be run meanwhile. */
  async start(): Promise<void> {
    await this.startCoordinator();
    await Promise.all(this.disks.map((_, worker) => this.startWorker(worker)));
  }

  async startCoordinator(): Promise<void> {
    const { coordinator, coordinatorNetwork = (network) => network, stages } = this.#options;
    const process: CoordinatorProcess = { clock: new ProcessClock(this.clock), server: null };
    this.#coordinator = process;
    const started = Coordinator.start(
      coordinatorAddress,
      {
        network: coordinatorNetwork(this.network.machine(coordinatorMachine)),
        clock: process.clock,
        random: this.#randomOf(coordinatorMachine),
        store: this.#medium.store(process.clock),
        log: silentLogger,
        metrics: new CoordinatorMetrics(new Metrics()),
        metricsAddress: '',
      },
      { ...defaultCoordinatorOptions, ...coordinator, stages, workersPerStage: this.disks.length / stages },
    );
    process.server = await unlessEnded(process.clock, started);
  }

  /** Ends it at once. What it was writing may be written or not; workers and clients find it gone. */
  killCoordinator(): void {
    if (this.#coordinator === null) return;
    this.network.kill(coordinatorMachine);
    this.#coordinator.clock.end();
    this.#medium.crash(this.#coordinator.clock);
    this.#coordinator = null;
  }

  get hasCoordinator(): boolean {
    return this.#coordinator !== null;
  }

  async startWorker(worker: number): Promise<void> {
    const { geometry, stages, pages, prefetch = defaultPrefetch } = this.#options;
    const { workerDisk = (own) => own, hiddenBytes = 0 } = this.#options;
    const stage = worker % stages;
    const range = splitLayers(geometry.layers.length, stages)[stage]!;
    const page = pageBytes(geometry);
    const disk = this.disks[worker]!;
    const process: WorkerProcess = { clock: new ProcessClock(this.clock), server: null, tiers: null };
    this.#workers[worker] = process;
    const started = WorkerServer.start(
      {
        coordinator: coordinatorAddress,
        worker: workerMachine(worker),
        listen: '127.0.0.1:0',
        stage,
        budgetBytes: {
          device: leastDeviceBytes(geometry, range) + pages.device * page,
          pinned: pages.pinned * page + hiddenBytes,
          disk: pages.disk * disk.footprintBytes(page),
        },
        residency: 'fixed',
        retention: 'lru',
        prefetch,
        verify: 'always',
        lanes: null,
        metricsAddress: '',
        limits: { ...defaultWorkerLimits, scrubBytesPerSecond: 0, ...this.#options.limits },
      },
      {
        network: this.network.machine(workerMachine(worker)),
        clock: process.clock,
        pid: worker,
        shape: { geometry, configJson: '{"model_type":"fake"}', attention: null },
        compute: {
          open: async ({ range: layers, device }) =>
            new FakeCompute(
              geometry,
              layers,
              new PagePlanes(device, geometry),
              this.#options.computeMsPerToken ?? 0,
            ),
          makeBoard: (entries) => LocalBoard.create(entries),
        },
        makeSlab: (sizeBytes) => new HeapSlab(sizeBytes),
        makePinned: ({ slots, slotBytes }) => new HeapSlab(slots * slotBytes),
        link: copyLink,
        lockPages: () => {},
        disk: workerDisk(new ProcessDisk(disk, process.clock), process.clock),
        observer: {
          warn: (message, context) => this.#options.warned?.(workerMachine(worker), message, context),
          serving: ({ tiers }) => {
            process.tiers = tiers;
          },
        },
        loadPolicy: async () => {
          throw new KvError('unsupported', 'a simulated worker loads no policies');
        },
      },
    );
    process.server = await unlessEnded(process.clock, started);
  }

  /** Ends it at once, and its machine loses power: what was not flushed is lost or kept, record by record. */
  killWorker(worker: number): void {
    const process = this.#workers[worker] ?? null;
    if (process === null) return;
    this.network.kill(workerMachine(worker));
    process.clock.end();
    this.disks[worker]!.crash();
    this.#workers[worker] = null;
  }

  hasWorker(worker: number): boolean {
    return (this.#workers[worker] ?? null) !== null;
  }

  /** What the tiers of a worker hold; none while it does not serve. */
  tiersOf(worker: number): readonly TierStats[] {
    return this.#workers[worker]?.tiers?.() ?? [];
  }

  /** Sets the wall clock of a machine, where a process runs on it. */
  jumpClock(machine: string, ms: number): void {
    const worker = this.disks.findIndex((_, at) => workerMachine(at) === machine);
    (worker === -1 ? this.#coordinator : this.#workers[worker])?.clock.jump(ms);
  }

  /** Stops a worker in good order; what is on its disk is there when it starts again. */
  async stopWorker(worker: number): Promise<void> {
    await this.#workers[worker]?.server?.close();
    this.#workers[worker] = null;
  }

  async connect(machine = 'client'): Promise<KvClient> {
    this.#clients += 1;
    const random = this.random.fork(`client ${this.#clients}`);
    return await KvClient.connect(coordinatorAddress, {
      network: this.network.machine(machine),
      timing: {
        monotonicMs: () => this.clock.monotonicMs(),
        setTimer: (delayMs, fire) => this.clock.setTimer(delayMs, fire),
        fraction: () => random.fraction(),
      },
    });
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers.keys()) await this.stopWorker(worker);
    await this.#coordinator?.server?.close();
  }

  /** Each life of a process draws from a stream of its own: ids of two lives are never the same. */
  #randomOf(machine: string): SimulatedRandom {
    this.#lives += 1;
    return this.random.fork(`${machine} ${this.#lives}`);
  }
}

/** A process that is killed while it starts never tells how that went. */
async function unlessEnded<T>(process: ProcessClock, started: Promise<T>): Promise<T> {
  try {
    return await started;
  } catch (thrown) {
    if (process.hasEnded) return await new Promise<never>(() => {});
    throw thrown;
  }
}
