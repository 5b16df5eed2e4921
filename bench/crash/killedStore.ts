import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ChildProcess } from '../../src/cli/childProcess.js';
import { KvClient } from '../../src/client/kvClient.js';
import { KvError } from '../../src/core/errors.js';
import { crashGeometry } from './crashPages.js';

const readyMs = 30_000;
const pollMs = 10;
const stopGraceMs = 5_000;

/** A coordinator that lives, and a worker of a page store that is killed and started again on its folder. */
export class KilledStore {
  /** Lines that the worker wrote, since it was started. */
  readonly said: string[] = [];
  readonly #folder: string;
  readonly #coordinator: ChildProcess;
  readonly #address: string;
  #worker: ChildProcess | null = null;

  private constructor(folder: string, coordinator: ChildProcess, address: string) {
    this.#folder = folder;
    this.#coordinator = coordinator;
    this.#address = address;
  }

  static async start(folder: string): Promise<KilledStore> {
    const { layers, kvHeads, headDim, dtype, blockTokens } = crashGeometry;
    const config = { name: 'crash', layers: layers.length, kvHeads, headDim, dtype, blockTokens };
    await writeFile(join(folder, 'kv.json'), JSON.stringify(config));
    const listen = ['--listen', '127.0.0.1:0', '--stages', '1', '--log-level', 'error'];
    const coordinator = new ChildProcess(['coordinator', ...listen], () => {});
    const { address } = await coordinator.ready();
    return new KilledStore(folder, coordinator, address);
  }

  connect(): Promise<KvClient> {
    return KvClient.connect(this.#address, { name: 'crash bench', deadlineMs: 10_000 });
  }

  /** Starts the worker and waits until the cluster has it. @throws KvError that it could not start with. */
  async startWorker(client: KvClient): Promise<void> {
    this.said.length = 0;
    const place = ['--coordinator', this.#address, '--data-dir', join(this.#folder, 'worker')];
    const budgets = ['--pinned-bytes', '2MiB', '--disk-bytes', '1GiB'];
    const store = ['--kv-config', join(this.#folder, 'kv.json'), '--stage', '0'];
    this.#worker = new ChildProcess(['worker', ...store, ...place, ...budgets], (line) =>
      this.said.push(line),
    );
    const { address } = await this.#worker.ready();
    const giveUpAtMs = performance.now() + readyMs;
    for (;;) {
      const { model, workers } = await client.describe();
      if (model !== null && workers.some((one) => one.address === address && one.state === 'ready')) return;
      if (performance.now() > giveUpAtMs) throw new KvError('timedOut', 'the worker did not become ready');
      await pause(pollMs);
    }
  }

  async killWorker(): Promise<void> {
    if (this.#worker === null) return;
    process.kill(this.#worker.pid, 'SIGKILL');
    await this.#worker.ended;
    this.#worker = null;
  }

  async stop(): Promise<void> {
    await this.#worker?.stop(stopGraceMs);
    await this.#coordinator.stop(stopGraceMs);
  }
}
