import type { GateLimits } from '../core/callGate.js';
import { KvError } from '../core/errors.js';
import { type GateFigures, GateLine } from '../core/gateLine.js';
import type { Clock } from '../core/ports/clock.js';
import type { CallContext } from '../core/ports/network.js';
import { systemClock } from '../observe/systemClock.js';
import { coordinatorEndpoints, workerEndpoints } from './endpoints.js';
import { defaultGateLimits, type GatedClass, gatedClasses } from './serverLimits.js';

/**
 * What the parts of a cluster ask of each other, and operators of them: never refused, or clients could
 * make a worker look lost, or keep it from being drained.
 */
const ungated: ReadonlySet<string> = new Set(
  [
    coordinatorEndpoints.register,
    coordinatorEndpoints.ready,
    coordinatorEndpoints.heartbeat,
    coordinatorEndpoints.leave,
    coordinatorEndpoints.inventory,
    coordinatorEndpoints.moveBlocks,
    coordinatorEndpoints.drainWorker,
    coordinatorEndpoints.status,
    // These wait in the coordinator's own line, which is bounded; what gives room back must get through.
    coordinatorEndpoints.createSequence,
    coordinatorEndpoints.forkSequence,
    coordinatorEndpoints.extendSequence,
    coordinatorEndpoints.releaseSequence,
    workerEndpoints.attend,
    workerEndpoints.copyBlocks,
    workerEndpoints.stats,
    workerEndpoints.setPolicy,
  ].map(({ name }) => name),
);

/** What a call needs to be let in. */
export interface GatedCall {
  readonly kind: 'request' | 'stream';
  readonly name: string;
  readonly leftMs: number;
}

/** The gates of one process: what it does for others at once, by class. */
export class ServerGates {
  readonly lines: Readonly<Record<GatedClass, GateLine>>;

  constructor(
    clock: Clock = systemClock,
    limits: Readonly<Record<GatedClass, GateLimits>> = defaultGateLimits,
  ) {
    this.lines = {
      request: new GateLine(limits.request, clock),
      stream: new GateLine(limits.stream, clock),
      page: new GateLine(limits.page, clock),
    };
  }

  /**
   * Waits for the call's turn. What comes back ends its time.
   * @throws KvError `exhausted` with `retryAfterMs` when it may not run now.
   */
  async enter({ kind, name, leftMs }: GatedCall, { peer, signal }: CallContext): Promise<() => void> {
    if (ungated.has(name)) return () => {};
    const entry = await this.lines[kind].enter({ client: peer, leftMs, signal });
    if (entry.kind === 'run') return entry.end;
    throw refusal(kind, entry.retryAfterMs);
  }

  figures(): ReadonlyMap<GatedClass, GateFigures> {
    return new Map(gatedClasses.map((name) => [name, this.lines[name].figures]));
  }
}

function refusal(kind: string, retryAfterMs: number): KvError {
  return new KvError(
    'exhausted',
    `more ${kind}s are under way here than fit; try again in ${retryAfterMs} ms`,
    {
      context: { retryAfterMs },
    },
  );
}
