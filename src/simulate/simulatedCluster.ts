import { KvClient } from '../client/kvClient.js';
import { Coordinator } from '../coordinator/coordinator.js';
import { MemoryStateStore } from '../coordinator/memoryStateStore.js';
import { defaultCoordinatorOptions } from '../coordinator/options.js';
import { KvError } from '../core/errors.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import { splitLayers } from '../core/layerRange.js';
import type { ByTier } from '../core/tierName.js';
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
import { SimulatedClock } from './simulatedClock.js';
import { type DiskFaults, SimulatedDisk } from './simulatedDisk.js';
import { SimulatedNetwork } from './simulatedNetwork.js';
import { SimulatedRandom } from './simulatedRandom.js';

export interface SimulatedClusterOptions {
  readonly seed: number | string;
  readonly geometry: Geometry;
  readonly stages: number;
  /** Pages that a worker's device holds beyond the least, that its pinned tier and its disk hold. */
  readonly pages: ByTier<number>;
  readonly diskFaults?: DiskFaults;
  /** What the fake kernel says that a token takes; it takes no time. */
  readonly computeMsPerToken?: number;
  readonly limits?: Partial<WorkerLimits>;
  /** The fake kernel computes the parts of a batch one after the other: with `none`, one sequence at a time. */
  readonly prefetch?: PrefetchPolicyName;
}

const coordinatorAddress = '127.0.0.1:7400';

/**
 * A coordinator and its workers in one process: the real logic over a simulated clock, network and disk
 * and a fake kernel. One seed gives one run.
 */
export class SimulatedCluster {
  readonly clock = new SimulatedClock();
  readonly random: SimulatedRandom;
  readonly #network: SimulatedNetwork;
  readonly #options: SimulatedClusterOptions;
  readonly #disks: SimulatedDisk[] = [];
  readonly #workers: (WorkerServer | null)[] = [];
  #coordinator: Coordinator | null = null;

  constructor(options: SimulatedClusterOptions) {
    this.#options = options;
    this.random = new SimulatedRandom(options.seed);
    this.#network = new SimulatedNetwork(this.clock, this.random.fork('network'));
    for (let stage = 0; stage < options.stages; stage += 1) {
      const faults = options.diskFaults ?? {};
      this.#disks.push(new SimulatedDisk(this.clock, this.random.fork(`disk-${stage}`), faults));
    }
  }

  /** Resolves when every worker serves. Time has to be run meanwhile. */
  async start(): Promise<void> {
    this.#coordinator = await Coordinator.start(
      coordinatorAddress,
      {
        network: this.#network.machine('coordinator'),
        clock: this.clock,
        random: this.random.fork('coordinator'),
        store: new MemoryStateStore(),
        log: silentLogger,
        metrics: new CoordinatorMetrics(new Metrics()),
        metricsAddress: '',
      },
      { ...defaultCoordinatorOptions, stages: this.#options.stages },
    );
    await Promise.all(this.#disks.map((_, stage) => this.startWorker(stage)));
  }

  async startWorker(stage: number): Promise<void> {
    const { geometry, stages, pages, prefetch = defaultPrefetch } = this.#options;
    const range = splitLayers(geometry.layers.length, stages)[stage]!;
    const page = pageBytes(geometry);
    const disk = this.#disks[stage]!;
    this.#workers[stage] = await WorkerServer.start(
      {
        coordinator: coordinatorAddress,
        listen: '127.0.0.1:0',
        stage,
        budgetBytes: {
          device: leastDeviceBytes(geometry, range) + pages.device * page,
          pinned: pages.pinned * page,
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
        network: this.#network.machine(`worker-${stage}`),
        clock: this.clock,
        pid: stage,
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
        disk,
        observer: {},
        loadPolicy: async () => {
          throw new KvError('unsupported', 'a simulated worker loads no policies');
        },
      },
    );
  }

  /** Stops a worker in good order; what is on its disk is there when it starts again. */
  async stopWorker(stage: number): Promise<void> {
    await this.#workers[stage]?.close();
    this.#workers[stage] = null;
  }

  async connect(): Promise<KvClient> {
    return await KvClient.connect(coordinatorAddress, { network: this.#network.machine('client') });
  }

  async stop(): Promise<void> {
    for (const [stage] of this.#workers.entries()) await this.stopWorker(stage);
    await this.#coordinator?.close();
  }
}
