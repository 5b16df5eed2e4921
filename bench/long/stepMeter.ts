import { readFileSync } from 'node:fs';
import { allWorkerFigures, readyWorkers, sumByTier } from '../../src/cli/clusterFigures.js';
import type { KvClient } from '../../src/client/kvClient.js';
import type { ByTier } from '../../src/core/tierName.js';
import type { Round } from '../support/contender.js';
import { cpuMsOf } from '../support/cpuTime.js';

interface Reading {
  readonly mediumReadBytes: number;
  readonly loaded: ByTier<number>;
}

/** What steps cost the processes of a cluster and this one: processor time, and bytes from each tier. */
export class StepMeter {
  private constructor(
    private readonly client: KvClient,
    private readonly workers: readonly number[],
  ) {}

  static async on(client: KvClient): Promise<StepMeter> {
    return new StepMeter(
      client,
      (await readyWorkers(client)).map(({ pid }) => pid),
    );
  }

  /**
   * Runs `work`, which makes `steps` steps.
   * @returns what it answers, and the means of a step: `cpuMs`; `pinnedBytes` and `diskBytes` that came to the
   * devices, those of peers included; `mediumReadBytes` that the system read from a medium for the workers.
   */
  async over<T>(
    steps: number,
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly figures: Round }> {
    const before = await this.#read();
    const cpuBeforeMs = this.#cpuMs();
    const result = await work();
    const cpuMs = (this.#cpuMs() - cpuBeforeMs) / steps;
    const after = await this.#read();
    const mean = (of: (reading: Reading) => number): number => (of(after) - of(before)) / steps;
    return {
      result,
      figures: {
        cpuMs,
        pinnedBytes: mean(({ loaded }) => loaded.pinned),
        diskBytes: mean(({ loaded }) => loaded.disk),
        mediumReadBytes: mean((reading) => reading.mediumReadBytes),
      },
    };
  }

  #cpuMs(): number {
    return cpuMsOf([process.pid, ...this.workers]);
  }

  async #read(): Promise<Reading> {
    const loaded = sumByTier(await allWorkerFigures(this.client), ({ loadedBytes }) => loadedBytes);
    return { mediumReadBytes: mediumReadBytes(this.workers), loaded };
  }
}

/** Bytes that processes made the system read from a medium. */
function mediumReadBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const told = /^read_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1];
    return sum + Number(told ?? 0);
  }, 0);
}
