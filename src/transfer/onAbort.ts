import type { Cancel } from '../core/ports/clock.js';

/** Who listens to each signal. */
const listening = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `act` once when the signal aborts, unless cancelled. Many calls that share one signal share one
 * listener on it: Node warns of more than ten.
 */
export function onAbort(signal: AbortSignal, act: () => void): Cancel {
  const acts = listening.get(signal) ?? listen(signal);
  acts.add(act);
  return () => acts.delete(act);
}

function listen(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>();
  listening.set(signal, acts);
  signal.addEventListener(
    'abort',
    () => {
      listening.delete(signal);
      for (const act of acts) act();
    },
    { once: true },
  );
  return acts;
}
