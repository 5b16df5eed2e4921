import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildProcess } from '../../src/cli/childProcess.js';
import { coordinatorArguments, workerArguments } from '../../src/cli/clusterArguments.js';
import { makeTemporaryRoot } from '../../src/cli/dataFolder.js';
import type { Settings } from '../../src/cli/settings.js';
import { KvError } from '../../src/core/errors.js';

const stopGraceMs = 5_000;

export interface FleetWorker {
  readonly id: string;
  /** The stage that it serves. */
  readonly stage: number;
  /** Ends it with SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** A coordinator and workers that may be killed one by one and replaced. */
export class KillFleet {
  readonly address: string;
  readonly #settings: Settings;
  readonly #root: string;
  readonly #tell: (line: string) => void;
  readonly #coordinator: ChildProcess;
  readonly #alive = new Set<ChildProcess>();
  #started = 0;

  private constructor(
    settings: Settings,
    root: string,
    coordinator: ChildProcess,
    address: string,
    tell: (line: string) => void,
  ) {
    this.#settings = settings;
    this.#root = root;
    this.#coordinator = coordinator;
    this.address = address;
    this.#tell = tell;
  }

  /** @param tell takes what the processes log. */
  static async start(settings: Settings, tell: (line: string) => void): Promise<KillFleet> {
    const root = await makeTemporaryRoot();
    const folder = { dataDir: join(root, 'coordinator'), ephemeral: true };
    const coordinator = new ChildProcess(coordinatorArguments(settings, folder), tell);
    try {
      const { address } = await coordinator.ready();
      return new KillFleet(settings, root, coordinator, address, tell);
    } catch (thrown) {
      await rm(root, { recursive: true, force: true });
      throw thrown;
    }
  }

  /** One for each seat, in the order of the seats. */
  async fill(): Promise<FleetWorker[]> {
    const { stages, workers = stages } = this.#settings;
    return await Promise.all(Array.from({ length: workers }, (_, seat) => this.join(seat % stages)));
  }

  /** A new worker with an empty disk; it serves when this has answered. */
  async join(stage: number): Promise<FleetWorker> {
    this.#started += 1;
    const place = {
      dataDir: join(this.#root, `worker-${this.#started}`),
      ephemeral: true,
      stage,
      coordinator: this.address,
    };
    const child = new ChildProcess(workerArguments(this.#settings, place), this.#tell);
    this.#alive.add(child);
    const { id, layers } = await child.ready();
    if (layers === null) throw new KvError('internal', `worker ${id} says no layers`);
    return {
      id,
      stage,
      kill: async () => {
        this.#alive.delete(child);
        process.kill(child.pid, 'SIGKILL');
        await child.ended;
      },
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#alive].map((child) => child.stop(stopGraceMs)));
    await this.#coordinator.stop(stopGraceMs);
    await rm(this.#root, { recursive: true, force: true });
  }
}
