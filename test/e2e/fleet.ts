import { readyLineSchema } from '../../src/cli/readyLine.js';
import { Kvtide } from './runKvtide.js';

export interface FleetOptions {
  readonly stages: number;
  /** Started at once: the first of each stage in their order, then the second of each. */
  readonly workers: number;
  /** Seats; as many as there are workers, and at least one a stage, where it is not said. */
  readonly seats?: number;
  /** The default where it is not said. */
  readonly leaseMs?: number;
  /** Of every worker. */
  readonly flags: readonly string[];
}

export interface FleetWorker {
  readonly id: string;
  readonly address: string;
  readonly layers: readonly [number, number];
  kill(): void;
  pause(): void;
  resume(): void;
}

export interface Fleet {
  /** host:port of the coordinator. */
  readonly address: string;
  readonly workers: readonly FleetWorker[];
  /** Another worker, which serves when this has answered. */
  start(stage: number, flags?: readonly string[]): Promise<FleetWorker>;
  dispose(): void;
}

/** A coordinator and workers, each a process that may be killed without the others. */
export async function startFleet({
  stages,
  workers: count,
  seats,
  leaseMs,
  flags,
}: FleetOptions): Promise<Fleet> {
  const processes: Kvtide[] = [];
  const workers: FleetWorker[] = [];
  const run = async (args: readonly string[]) => {
    const one = new Kvtide([...args, '--listen', '127.0.0.1:0', '--json']);
    processes.push(one);
    await one.says('"address"');
    return { one, ready: readyLineSchema.parse(JSON.parse(one.stdout.split('\n')[0]!)) };
  };
  const seatCount = seats ?? Math.max(stages, count);
  const lease = leaseMs === undefined ? [] : ['--lease-ms', `${leaseMs}`];
  const shape = ['--stages', `${stages}`, '--workers', `${seatCount}`];
  const coordinator = await run(['coordinator', ...shape, ...lease]);
  const { address } = coordinator.ready;
  const start = async (stage: number, more: readonly string[] = []): Promise<FleetWorker> => {
    const place = ['--coordinator', address, '--stage', `${stage}`];
    const { one, ready } = await run(['worker', ...place, ...flags, ...more]);
    const signal = (name: NodeJS.Signals) => void one.process.kill(name);
    return {
      id: ready.id,
      address: ready.address,
      layers: ready.layers ?? [0, 0],
      kill: () => signal('SIGKILL'),
      pause: () => signal('SIGSTOP'),
      resume: () => signal('SIGCONT'),
    };
  };
  // A worker is ready when all stages are: the first of each have to be started together.
  const firsts = Array.from({ length: Math.min(stages, count) }, (_, stage) => start(stage));
  workers.push(...(await Promise.all(firsts)));
  for (let number = stages; number < count; number += 1) workers.push(await start(number % stages));
  return {
    address,
    workers,
    start,
    dispose: () => {
      for (const one of processes) one.dispose();
    },
  };
}
