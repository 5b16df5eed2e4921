import { Worker } from 'node:worker_threads';
import { KvError } from '../core/errors.js';
import { thrownError } from '../core/thrownMessage.js';
import type { FromSweepThread, SweepJob, SweepResults, SweepStart } from './sweepMessages.js';

/** Threads cannot run TypeScript: the built file is taken, two levels up from src/ and from dist/ alike. */
const entry = new URL('../../dist/lab/sweepMain.js', import.meta.url);

interface UnderWay {
  readonly resolve: (result: SweepResults[keyof SweepResults]) => void;
  readonly reject: (error: KvError) => void;
}

/** A thread that replays one job after another. */
export class SweepThread {
  readonly #worker: Worker;
  #underWay: UnderWay | null = null;
  #ended: KvError | null = null;

  constructor(start: SweepStart) {
    this.#worker = new Worker(entry, { workerData: start });
    this.#worker.on('message', (said: FromSweepThread) => {
      const underWay = this.#underWay;
      this.#underWay = null;
      if (said.kind === 'done') underWay?.resolve(said.result);
      else underWay?.reject(thrownError(said.error));
    });
    this.#worker.on('error', (thrown) => this.#end(KvError.from(thrown)));
    this.#worker.on('exit', () => this.#end(new KvError('internal', 'a thread of the sweep ended')));
  }

  /** One at a time. @throws KvError what the replay threw, or why the thread ended. */
  run<K extends SweepJob['kind']>(job: SweepJob & { readonly kind: K }): Promise<SweepResults[K]> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      // What comes back is the result of this job: there is one at a time.
      this.#underWay = { resolve: (result) => resolve(result as SweepResults[K]), reject };
      this.#worker.postMessage(job);
    });
  }

  /** Ends it, whatever it does. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(why: KvError): void {
    this.#ended ??= why;
    this.#underWay?.reject(this.#ended);
    this.#underWay = null;
  }
}
