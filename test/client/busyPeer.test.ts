import { describe, expect, it } from 'vitest';
import { defaultClientLimits } from '../../src/client/clientLimits.js';
import { PeerCalls } from '../../src/client/peerCalls.js';
import { KvError } from '../../src/core/errors.js';
import type { Peer } from '../../src/core/ports/network.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';

/** Refuses so often, then answers. */
function busy(times: number, context: KvError['context']) {
  const askedMs: number[] = [];
  const peer = {
    address: 'busy:1',
    request: async () => {
      askedMs.push(performance.now());
      if (askedMs.length <= times) throw new KvError('exhausted', 'too much to do', { context });
      return {};
    },
  } as unknown as Peer;
  const timing = {
    monotonicMs: () => systemClock.monotonicMs(),
    setTimer: (delayMs: number, fire: () => void) => systemClock.setTimer(delayMs, fire),
    fraction: () => 0,
  };
  const limits = { ...defaultClientLimits, backoffFirstMs: 1, backoffMaxMs: 1 };
  const calls = new PeerCalls(peer, { tenant: 'default', deadlineMs: 2_000, limits, timing });
  return { calls, askedMs };
}

describe('a call that may be repeated, to a peer with too much to do', () => {
  it('is tried again when the peer says so, and no sooner', async () => {
    const { calls, askedMs } = busy(1, { retryAfterMs: 60 });
    await calls.retried(coordinatorEndpoints.lookup, {});
    expect(askedMs).toHaveLength(2);
    expect(askedMs[1]! - askedMs[0]!).toBeGreaterThanOrEqual(59);
  });

  it('passes the refusal on where the deadline comes first', async () => {
    const { calls, askedMs } = busy(1, { retryAfterMs: 5_000 });
    const call = calls.retried(coordinatorEndpoints.lookup, {});
    await expect(call).rejects.toMatchObject({ kind: 'exhausted', context: { retryAfterMs: 5_000 } });
    expect(askedMs).toHaveLength(1);
  });

  it('is not repeated where a bound will not go away by waiting', async () => {
    const { calls, askedMs } = busy(1, {});
    await expect(calls.retried(coordinatorEndpoints.lookup, {})).rejects.toMatchObject({ kind: 'exhausted' });
    expect(askedMs).toHaveLength(1);
  });

  it('is not repeated where a sequence has found no room', async () => {
    const { calls, askedMs } = busy(1, { retryAfterMs: 1, admission: 'noWait' });
    await expect(calls.retried(coordinatorEndpoints.lookup, {})).rejects.toMatchObject({ kind: 'exhausted' });
    expect(askedMs).toHaveLength(1);
  });

  it('gives up after a bounded number of tries', async () => {
    const { calls, askedMs } = busy(1_000, { retryAfterMs: 1 });
    await expect(calls.retried(coordinatorEndpoints.lookup, {})).rejects.toMatchObject({ kind: 'exhausted' });
    expect(askedMs).toHaveLength(defaultClientLimits.attemptsMax);
  });
});
