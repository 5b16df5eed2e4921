import { workerData } from 'node:worker_threads';
import { delayWords } from './delayMessages.js';

// The entry of the delay thread: sleeps as long as it is told, again and again, until it is terminated.

const words = new Int32Array(workerData as SharedArrayBuffer);
for (let seen = 0; ; ) {
  Atomics.wait(words, delayWords.asked, seen);
  seen = Atomics.load(words, delayWords.asked);
  Atomics.wait(words, delayWords.never, 0, Atomics.load(words, delayWords.delayUs) / 1e3);
  Atomics.add(words, delayWords.slept, 1);
  Atomics.notify(words, delayWords.slept);
}
