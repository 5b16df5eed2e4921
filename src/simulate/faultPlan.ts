import { type FaultCounts, type FaultKind, faultKinds, noFaults } from './faultKinds.js';
import type { SimulatedCluster } from './simulatedCluster.js';
import type { DiskFaults } from './simulatedDisk.js';
import type { SimulatedRandom } from './simulatedRandom.js';
import { quietWire, type WireNoise } from './wireFaults.js';

export interface FaultPlanOptions {
  /** Machines besides those of the cluster. */
  readonly clients: readonly string[];
  /** What every disk does while nothing is wrong with it. */
  readonly calmDisk: DiskFaults;
  /** Kinds that are left out. */
  readonly without?: readonly FaultKind[];
  readonly note: (line: string) => void;
}

/** A fault begins after so many events, or after so much time in which little happens. */
const pauseEvents = { min: 5, max: 150 };
const pauseMs = { min: 100, max: 2_000 };
/** Faults that last at once, at most: a cluster in which everything fails does nothing. */
const activeMax = 2;
/** How long a fault lasts, and how long a killed process stays away. */
const lastsMs = { min: 20, max: 1_500 };
const awayMs = { min: 20, max: 4_000 };
/** A process that could not start is started again after this. */
const restartMs = 250;
const jumpMsMax = 3_600_000;
const fullDiskBytes = 40_000;

/** Lets things go wrong in a cluster, one after the other and several at once, as a seed has it. */
export class FaultPlan {
  readonly #counts: FaultCounts = noFaults();
  readonly #cluster: SimulatedCluster;
  readonly #random: SimulatedRandom;
  readonly #options: FaultPlanOptions;
  readonly #kinds: readonly FaultKind[];
  #hasBegun = false;
  #isOver = false;
  #active = 0;
  #eventsLeft = 0;
  #dueMs = 0;

  constructor(cluster: SimulatedCluster, random: SimulatedRandom, options: FaultPlanOptions) {
    this.#cluster = cluster;
    this.#random = random;
    this.#options = options;
    const { without = [] } = options;
    this.#kinds = faultKinds.filter((kind) => !without.includes(kind));
  }

  /** To be told of each event. */
  onEvent(): void {
    if (this.#isOver || !this.#hasBegun) return;
    this.#eventsLeft -= 1;
    if (this.#eventsLeft > 0 && this.#cluster.clock.monotonicMs() < this.#dueMs) return;
    this.#drawPause();
    if (this.#active < activeMax) this.#begin(this.#kinds[this.#random.integer(0, this.#kinds.length - 1)]!);
  }

  get counts(): FaultCounts {
    return { ...this.#counts, ...this.#cluster.network.wire.counts };
  }

  start(): void {
    this.#hasBegun = true;
    this.#drawPause();
  }

  /** Nothing goes wrong any more: wires are mended, disks are well, all processes are started. */
  stop(): void {
    this.#isOver = true;
    const { network, disks } = this.#cluster;
    network.wire.mendAll();
    for (const disk of disks) disk.setFaults(this.#options.calmDisk);
    if (!this.#cluster.hasCoordinator) this.#startCoordinator();
    for (const worker of disks.keys()) if (!this.#cluster.hasWorker(worker)) this.#startWorker(worker);
  }

  #begin(kind: FaultKind): void {
    const begin: Readonly<Record<FaultKind, () => void>> = {
      partition: () => this.#partition(),
      oneWayPartition: () => this.#cutOneWay(),
      loss: () => this.#noise('loss', { lostShare: 0.05 }),
      duplication: () => this.#noise('duplication', { repeatedShare: 0.2 }),
      delay: () => this.#noise('delay', { lateShare: 0.1, lateMsMax: 300 }),
      workerKilled: () => this.#killWorker(),
      coordinatorKilled: () => this.#killCoordinator(),
      slowDisk: () => this.#disk('slowDisk', { delayMsMax: 200 }),
      failingDisk: () =>
        this.#disk('failingDisk', { failingReads: 0.1, failingWrites: 0.1, failingRemovals: 0.1 }),
      corruptDisk: () => this.#disk('corruptDisk', { corruptReads: 0.1 }),
      fullDisk: () => this.#disk('fullDisk', { capacityBytes: fullDiskBytes }),
      clockJump: () => this.#jump(),
    };
    begin[kind]();
  }

  #partition(): void {
    const { network } = this.#cluster;
    const [a, b] = this.#twoMachines();
    this.#happens('partition', `${a} ${b}`);
    network.partition(a, b);
    this.#later(() => network.heal(a, b));
  }

  #cutOneWay(): void {
    const { network } = this.#cluster;
    const [from, to] = this.#twoMachines();
    this.#happens('oneWayPartition', `${from} ${to}`);
    network.cutOneWay(from, to);
    this.#later(() => network.wire.mend(from, to));
  }

  #noise(kind: 'loss' | 'duplication' | 'delay', noise: Partial<WireNoise>): void {
    const { wire } = this.#cluster.network;
    this.#options.note(kind); // counted by the message
    wire.setNoise({ ...quietWire, ...noise });
    this.#later(() => wire.setNoise(quietWire));
  }

  #disk(kind: FaultKind, faults: DiskFaults): void {
    const { disks } = this.#cluster;
    const worker = this.#random.integer(0, disks.length - 1);
    this.#happens(kind, `${worker}`);
    disks[worker]!.setFaults({ ...this.#options.calmDisk, ...faults });
    this.#later(() => disks[worker]!.setFaults(this.#options.calmDisk));
  }

  #jump(): void {
    const { machines } = this.#cluster;
    const machine = machines[this.#random.integer(0, machines.length - 1)]!;
    this.#happens('clockJump', machine);
    this.#cluster.jumpClock(machine, this.#random.integer(-jumpMsMax, jumpMsMax));
  }

  #killWorker(): void {
    const worker = this.#random.integer(0, this.#cluster.disks.length - 1);
    if (!this.#cluster.hasWorker(worker)) return;
    this.#happens('workerKilled', `${worker}`);
    this.#cluster.killWorker(worker);
    this.#later(() => this.#startWorker(worker), awayMs);
  }

  #killCoordinator(): void {
    if (!this.#cluster.hasCoordinator) return;
    this.#happens('coordinatorKilled', '');
    this.#cluster.killCoordinator();
    this.#later(() => this.#startCoordinator(), awayMs);
  }

  /** As whoever watches over a process does: one that cannot start is started again. */
  #startWorker(worker: number): void {
    if (this.#cluster.hasWorker(worker)) return;
    this.#options.note(`start worker ${worker}`);
    this.#cluster.startWorker(worker).catch((thrown: unknown) => {
      this.#options.note(`worker ${worker}: ${String(thrown)}`);
      this.#cluster.killWorker(worker);
      this.#cluster.clock.setTimer(restartMs, () => this.#startWorker(worker));
    });
  }

  #startCoordinator(): void {
    if (this.#cluster.hasCoordinator) return;
    this.#options.note('start coordinator');
    this.#cluster.startCoordinator().catch((thrown: unknown) => {
      this.#options.note(`coordinator: ${String(thrown)}`);
      this.#cluster.killCoordinator();
      this.#cluster.clock.setTimer(restartMs, () => this.#startCoordinator());
    });
  }

  #happens(kind: FaultKind, where: string): void {
    this.#counts[kind] += 1;
    this.#options.note(`${kind} ${where}`);
  }

  #later(mend: () => void, after = lastsMs): void {
    this.#active += 1;
    this.#cluster.clock.setTimer(this.#between(after), () => {
      this.#active -= 1;
      mend();
    });
  }

  #drawPause(): void {
    this.#eventsLeft = this.#between(pauseEvents);
    this.#dueMs = this.#cluster.clock.monotonicMs() + this.#between(pauseMs);
  }

  #between({ min, max }: { readonly min: number; readonly max: number }): number {
    return this.#random.integer(min, max);
  }

  #twoMachines(): readonly [string, string] {
    const all = [...this.#cluster.machines, ...this.#options.clients];
    const from = this.#random.integer(0, all.length - 1);
    const to = (from + this.#random.integer(1, all.length - 1)) % all.length;
    return [all[from]!, all[to]!];
  }
}
