import type { StatsResponse } from '../rpc/gen/kvtide/v1/StatsResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { SequenceHost } from './sequenceHost.js';

/** What a worker says of itself when asked. */
export function statsOf(host: SequenceHost, stack: TierStack, pid: number): StatsResponse {
  const { worker, layers } = host.name;
  const { steps, computeMs, stallMs, loadMs } = host.totals;
  return {
    protocol: ownProtocol(),
    worker,
    layers: { ...layers },
    pid,
    tiers: stack.stats().map((tier) => ({ ...tier })),
    openSequences: host.openSequences,
    steps,
    computeMs,
    stallMs,
    loadMs,
  };
}
