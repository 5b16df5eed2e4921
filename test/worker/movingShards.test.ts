import { describe, expect, it } from 'vitest';
import { blocksOf, Lead, longChain, type Other, otherShard, queries } from './shardFixtures.js';

const count = longChain.length;
const inOrder = (some: Iterable<number>) => [...some].sort((a, b) => a - b);
const keptBy = (...others: Other[]) => inOrder(others.flatMap(blocksOf));

/** What is dropped is not answered: waits until that is what they keep. */
async function untilKept(lead: Lead, ...others: Other[]): Promise<void> {
  while (keptBy(...others).length !== lead.given.size) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(keptBy(...others)).toEqual(inOrder(lead.given));
}

describe('SequenceShards whose shards change', () => {
  it('gives pieces to a worker that joins, also those that another one has', async () => {
    const [first, second] = [await otherShard('w1'), await otherShard('w2')];
    const lead = new Lead([first]);
    await lead.settle(longChain);
    const before = new Set(blocksOf(first));
    lead.list = { shards: [first.plan, second.plan], drained: [] };
    const moves = await lead.settle(longChain);
    expect(moves.map(({ to }) => to)).toContain('w2');
    expect(blocksOf(second).length).toBeGreaterThan(0);
    expect(second.sources).toContain('w1');
    await untilKept(lead, first, second);
    expect(blocksOf(first).filter((block) => !before.has(block))).toEqual([]);
    await lead.shards.attend(0, queries);
    expect(second.attended).toEqual([blocksOf(second)]);
    lead.shards.close();
  });

  it('moves what a drained worker keeps to the others, and hangs up on it', async () => {
    const [first, second] = [await otherShard('w1'), await otherShard('w2')];
    const lead = new Lead([first, second]);
    await lead.settle(longChain);
    expect(blocksOf(first).length).toBeGreaterThan(0);
    lead.list = { shards: [second.plan], drained: [first.plan.worker] };
    await lead.settle(longChain);
    await untilKept(lead, first, second);
    expect(blocksOf(first)).toEqual([]);
    await first.server.close(0);
    await lead.shards.attend(0, queries);
    expect(second.attended).toEqual([blocksOf(second)]);
    lead.shards.close();
  });

  it('takes home what nobody else can have', async () => {
    const [first, second] = [await otherShard('w1'), await otherShard('w2')];
    const lead = new Lead([first, second]);
    await lead.settle(longChain);
    const kept = blocksOf(second);
    second.hasRoom = false;
    lead.list = { shards: [second.plan], drained: [first.plan.worker] };
    await lead.settle(longChain);
    await untilKept(lead, first, second);
    expect(blocksOf(first)).toEqual([]);
    expect(blocksOf(second).every((block) => kept.includes(block))).toBe(true);
    lead.list = { shards: [], drained: [first.plan.worker, second.plan.worker] };
    await lead.settle(longChain);
    expect(lead.given.size).toBe(0);
    await untilKept(lead, second);
    expect(await lead.shards.attend(0, queries)).toEqual([]);
    lead.shards.close();
  });

  it('leaves a drained worker what has room nowhere', async () => {
    const other = await otherShard('w1');
    const lead = new Lead([other]);
    await lead.settle(longChain);
    const kept = blocksOf(other);
    lead.hasRoom = false;
    lead.list = { shards: [], drained: [other.plan.worker] };
    expect(await lead.settle(longChain)).toEqual([]);
    expect(blocksOf(other)).toEqual(kept);
    await lead.shards.attend(0, queries);
    expect(other.attended).toEqual([kept]);
    lead.shards.close();
  });

  it('moves nothing when a worker is away from the coordinator for a moment', async () => {
    const [first, second] = [await otherShard('w1'), await otherShard('w2')];
    const lead = new Lead([first, second]);
    await lead.settle(longChain);
    lead.list = { shards: [second.plan], drained: [] };
    expect(await lead.settle(longChain)).toEqual([]);
    lead.list = { shards: [first.plan, second.plan], drained: [] };
    expect(await lead.settle(longChain)).toEqual([]);
    lead.shards.close();
  });

  it('loses nothing but its own when a worker dies while pieces move', async () => {
    const [first, second] = [await otherShard('w1'), await otherShard('w2')];
    const lead = new Lead([first]);
    await lead.settle(longChain);
    lead.list = { shards: [first.plan, second.plan], drained: [] };
    while (second.fetched.size === 0) {
      await lead.shards.handOver(longChain, count, lead);
      await lead.shards.fetching;
    }
    await second.server.close(0); // it has fetched, and keeps nothing yet
    expect(await lead.shards.handOver(longChain, count, lead)).toBeNull();
    await untilKept(lead, first);
    await lead.shards.attend(0, queries);
    lead.shards.close();
  });

  it('finds pieces with the worker that has them, where the shards were others', async () => {
    const [first, second] = [await otherShard('w1'), await otherShard('w2')];
    const before = new Lead([first, second]);
    await before.settle(longChain);
    before.shards.close();
    while (keptBy(first, second).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const swapped = new Lead([second, first]);
    await swapped.offer(longChain);
    const kept = swapped.shards.kept(count).reduce((sum, { first: from, end }) => sum + end - from, 0);
    expect(kept).toBe(before.given.size);
    swapped.shards.close();
  });
});
