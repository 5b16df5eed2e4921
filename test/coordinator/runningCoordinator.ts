import { Coordinator } from '../../src/coordinator/coordinator.js';
import { MemoryStateStore } from '../../src/coordinator/memoryStateStore.js';
import { type CoordinatorOptions, defaultCoordinatorOptions } from '../../src/coordinator/options.js';
import type { StateStore } from '../../src/coordinator/stateStore.js';
import type { Peer } from '../../src/core/ports/network.js';
import { CoordinatorMetrics } from '../../src/observe/coordinatorMetrics.js';
import { silentLogger } from '../../src/observe/logger.js';
import { Metrics } from '../../src/observe/metrics.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { systemRandom } from '../../src/observe/systemRandom.js';
import type { ReadyRequest } from '../../src/rpc/gen/kvtide/v1/ReadyRequest.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { FakeWorker } from './fakeWorker.js';

const network = new GrpcNetwork();

/** A coordinator that is served over gRPC on loopback, and a client's connection to it. */
export class RunningCoordinator {
  readonly client: Peer;
  readonly #workers: FakeWorker[] = [];

  private constructor(
    readonly coordinator: Coordinator,
    readonly metrics: Metrics,
  ) {
    this.client = network.dial(coordinator.address);
  }

  static async start(
    options: Partial<CoordinatorOptions> = {},
    store: StateStore = new MemoryStateStore(),
  ): Promise<RunningCoordinator> {
    const metrics = new Metrics();
    const parts = {
      network,
      clock: systemClock,
      random: systemRandom,
      store,
      log: silentLogger,
      metrics: new CoordinatorMetrics(metrics),
      metricsAddress: '',
    };
    const all = { ...defaultCoordinatorOptions, ...options };
    return new RunningCoordinator(await Coordinator.start('127.0.0.1:0', parts, all), metrics);
  }

  /** Two workers that serve, each with the same bounds. */
  async serve(bounds: ReadyRequest): Promise<FakeWorker[]> {
    const pair = ['a', 'bb'].map((name) => new FakeWorker(network, this.coordinator.address, name));
    this.#workers.push(...pair);
    for (const one of pair) {
      await one.register();
      await one.ready(bounds);
    }
    for (const one of pair) await one.inventory();
    return pair;
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) worker.die();
    this.client.close();
    await this.coordinator.close();
  }
}
