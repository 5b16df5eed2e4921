import koffi from 'koffi';
import { KvError } from '../core/errors.js';

/** A longer delay ends early, so that a process which wants to end does not wait for it. */
const longestUs = 50_000;

type Sleep = (us: number, slept: (error: unknown) => void) => void;
let usleep: Sleep | undefined;

/**
 * Calls `fire` after about `delayMs`, to some 0.1 ms, where timers know whole milliseconds only; after 50 ms at
 * most. A thread of the pool sleeps meanwhile. @throws KvError `unsupported` on anything but Linux.
 */
export function preciseDelay(delayMs: number, fire: () => void): void {
  usleep ??= load();
  usleep(Math.min(longestUs, Math.ceil(delayMs * 1e3)), () => fire());
}

function load(): Sleep {
  if (process.platform !== 'linux') {
    throw new KvError('unsupported', `short delays need Linux, and this is ${process.platform}`);
  }
  const call = koffi.load(null).func('int usleep(unsigned int)');
  return (us, slept) => call.async(us, slept);
}
