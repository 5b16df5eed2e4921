import type { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { LaneObserver } from '../transfer/laneServer.js';
import type { WorkerObserver } from './workerParts.js';

/** Connections that never said a good hello are told of together, at most so often. */
const strangersMs = 60_000;

/** Warns of lanes that were cut for what they sent; strangers, who can come by the thousand, are counted. */
export function laneWarnings(warn: WorkerObserver['warn'], clock: Clock): LaneObserver {
  let strangers = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  const stranger = (cause: KvError): void => {
    strangers += 1;
    const nowMs = clock.monotonicMs();
    if (nowMs - toldMs < strangersMs) return;
    warn?.(`connections for lanes said no good hello; the last one: ${cause.message}`, { strangers });
    strangers = 0;
    toldMs = nowMs;
  };
  return {
    closed({ peer, kind }, cause) {
      if (cause.kind !== 'invalid') return;
      if (peer === '') stranger(cause);
      else warn?.(`a lane was cut: ${cause.message}`, { peer, lane: kind });
    },
  };
}
