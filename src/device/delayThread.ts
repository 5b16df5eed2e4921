import { Worker } from 'node:worker_threads';
import { KvError } from '../core/errors.js';
import { delayWordCount, delayWords } from './delayMessages.js';

/** Threads cannot run TypeScript: the built file is taken, two levels up from src/ and from dist/ alike. */
const entry = new URL('../../dist/device/delayMain.js', import.meta.url);

/** A delay in microseconds has to fit a word; a longer one ends early. */
const longestMs = 1_000_000;

/**
 * Delays to some 0.1 ms, where timers know whole milliseconds only. A thread sleeps meanwhile: those of the
 * pool may all be busy with the disk. It keeps no process alive, and ends with it.
 */
export class DelayThread {
  readonly #words = new Int32Array(new SharedArrayBuffer(delayWordCount * Int32Array.BYTES_PER_ELEMENT));
  #isAsked = false;

  constructor() {
    const thread = new Worker(entry, { workerData: this.#words.buffer });
    thread.unref();
  }

  /** Calls `fire` after about `delayMs`, in another turn. One delay at a time. */
  after(delayMs: number, fire: () => void): void {
    if (this.#isAsked) throw new KvError('internal', 'a delay is under way already');
    this.#isAsked = true;
    const words = this.#words;
    const slept = Atomics.load(words, delayWords.slept);
    Atomics.store(words, delayWords.delayUs, Math.ceil(Math.min(delayMs, longestMs) * 1e3));
    Atomics.add(words, delayWords.asked, 1);
    Atomics.notify(words, delayWords.asked);
    void this.#woken(slept, fire);
  }

  async #woken(slept: number, fire: () => void): Promise<void> {
    await Atomics.waitAsync(this.#words, delayWords.slept, slept).value;
    this.#isAsked = false;
    fire();
  }
}
