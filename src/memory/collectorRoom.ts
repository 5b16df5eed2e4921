import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import type { Cancel, Clock } from '../core/ports/clock.js';

/** What lives grows slowly; so often V8 is told again. */
const refreshMs = 10_000;
/** Below it V8's own choice, at most four times what lives, is as good. */
const percentMin = 300;
const percentMax = 3_000;

/** V8's flags are the process's. */
const heldBytes: number[] = [];
let cancelTimer: Cancel = () => {};

/**
 * Lets garbage grow to about `roomBytes` before V8 collects the old generation, in all isolates of this
 * process, as long as someone holds it. gRPC copies each message into memory outside V8's heap. V8 counts
 * such memory, but how much of it may gather it derives from the heap alone: a process with 20 MB of objects
 * runs a full collection every 15 MB of pages, which also drops compiled code, and pages move at a third of
 * their speed. V8 starts to do so after the first idle seconds of a process.
 * @returns lets go; V8 chooses again when nobody holds it.
 */
export function holdCollectorRoom(roomBytes: number, clock: Pick<Clock, 'setTimer'>): Cancel {
  heldBytes.push(roomBytes);
  refresh(clock);
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    heldBytes.splice(heldBytes.indexOf(roomBytes), 1);
    refresh(clock);
  };
}

function refresh(clock: Pick<Clock, 'setTimer'>): void {
  cancelTimer();
  const roomBytes = Math.max(0, ...heldBytes);
  const percent = collectorGrowthPercent(roomBytes, getHeapStatistics().used_heap_size);
  setFlagsFromString(`--heap-growing-percent=${percent}`);
  cancelTimer = heldBytes.length === 0 ? () => {} : clock.setTimer(refreshMs, () => refresh(clock));
}

/** How far the old generation may grow beyond `liveBytes`, in percent of them; 0 leaves it to V8. */
export function collectorGrowthPercent(roomBytes: number, liveBytes: number): number {
  const percent = Math.floor((100 * roomBytes) / liveBytes);
  return percent < percentMin ? 0 : Math.min(percent, percentMax);
}
