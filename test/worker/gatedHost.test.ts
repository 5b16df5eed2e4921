import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { GateLine } from '../../src/core/gateLine.js';
import { systemClock } from '../../src/observe/systemClock.js';
import type { PageHost } from '../../src/transfer/pageHost.js';
import { gatedHost } from '../../src/worker/gatedHost.js';

const limits = {
  runningMax: 1,
  waitingMax: 1,
  waitingPerClientMax: 1,
  waitMsMax: 60_000,
  retryMsMin: 10,
  retryMsMax: 1_000,
  returnSpacingMs: 1,
};
const { signal } = new AbortController();
const id = { block: 'b0'.padEnd(64, '0') as BlockKey, layer: 0 };
const view = { k: new Uint8Array(4), v: new Uint8Array(4) };

function useHost(over: Partial<PageHost> = {}) {
  let held = 0;
  const give = () => {
    held -= 1;
  };
  const host: PageHost = {
    borrow: () => {
      held += 1;
      const place = { sharedSlot: -1, generation: 0 };
      return {
        kind: 'borrowed',
        loan: { id, view, blockIndex: 0, checksum: 0n, ...place, giveBack: give },
      };
    },
    reserve: () => {
      held += 1;
      const complete = () => {
        give();
        return { kind: 'stored' } as const;
      };
      return { kind: 'room', room: { view, complete, abandon: give } };
    },
    ...over,
  };
  const line = new GateLine(limits, systemClock);
  return { line, held: () => held, gated: gatedHost(host, line, { client: 'a', leftMs: 1e9 }) };
}

describe('a gated host', () => {
  it('lends as many pages as fit, has the next one wait, and throttles the one after', async () => {
    const { gated, held, line } = useHost();
    const first = await gated.borrow(id, signal);
    const second = Promise.resolve(gated.borrow(id, signal));
    expect(gated.borrow(id, signal)).toMatchObject({ kind: 'throttled', retryAfterMs: expect.any(Number) });
    expect(held()).toBe(1);
    if (first.kind === 'borrowed') first.loan.giveBack();
    const later = await second;
    expect(later.kind).toBe('borrowed');
    if (later.kind === 'borrowed') later.loan.giveBack();
    await expect.poll(() => line.figures.running).toBe(0);
  });

  it.each(['complete', 'abandon'] as const)('gives the place back when room ends by %s', async (how) => {
    const { gated, held, line } = useHost();
    const reserved = await gated.reserve(id, { blockIndex: 0, checksum: 0n }, signal);
    expect(line.figures.running).toBe(1);
    if (reserved.kind === 'room') await reserved.room[how]();
    await expect.poll(() => line.figures.running).toBe(0);
    expect(held()).toBe(0);
  });

  it('gives the place back at once when the host has no page, or fails', async () => {
    const misses = useHost({ borrow: () => ({ kind: 'miss' }) });
    expect(misses.gated.borrow(id, signal)).toEqual({ kind: 'miss' });
    await expect.poll(() => misses.line.figures.running).toBe(0);
    const fails = useHost({ borrow: () => Promise.reject(new Error('a bug')) });
    await expect(fails.gated.borrow(id, signal)).rejects.toThrow('a bug');
    await expect.poll(() => fails.line.figures.running).toBe(0);
  });
});
