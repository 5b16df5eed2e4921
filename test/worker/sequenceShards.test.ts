import { describe, expect, it } from 'vitest';
import { ShardRole } from '../../src/worker/shardRole.js';
import { blocks, Lead, longChain, otherShard, queries } from './shardFixtures.js';

describe('SequenceShards', () => {
  it('hands pieces over one by one, and asks for what is kept alone', async () => {
    const other = await otherShard('w1');
    const lead = new Lead([other]);
    const { shards } = lead;
    expect(await lead.settle()).toHaveLength(8);
    expect(shards.kept(blocks).reduce((sum, { first, end }) => sum + end - first, 0)).toBe(16);
    const nodes = await shards.attend(1, queries);
    expect(nodes).toEqual([
      {
        level: 0,
        index: 5,
        o: Float32Array.of(1, 2, 3, 4),
        lse: Float32Array.of(-1, Number.NEGATIVE_INFINITY),
      },
    ]);
    const kept = shards
      .kept(blocks)
      .flatMap(({ first, end }) => Array.from({ length: end - first }, (_, at) => first + at));
    expect(other.attended).toEqual([kept]);
    expect(other.held.size).toBe(2 * kept.length);
    shards.close();
  });

  it('goes back: what reaches beyond is let go, and offered again where it is still there', async () => {
    const other = await otherShard('w1');
    const lead = new Lead([other]);
    const { shards } = lead;
    await lead.settle();
    const [first, second] = shards.kept(blocks);
    shards.cut(second!.end - 1);
    expect(shards.kept(blocks)).toEqual([first]);
    await lead.offer();
    expect(shards.kept(blocks)).toHaveLength(8);
    expect(other.held.size).toBe(32);
    other.fetched.clear();
    shards.cut(0);
    await lead.offer();
    expect(shards.kept(blocks)).toEqual([]);
    shards.close();
  });

  it('names the worker that is gone', async () => {
    const other = await otherShard('w1');
    const lead = new Lead([other]);
    const { shards } = lead;
    await lead.settle();
    other.fail = new Error('the kernel broke');
    await expect(shards.attend(0, queries)).rejects.toMatchObject({
      message: expect.stringMatching(/^worker w1 at 127\.0\.0\.1:\d+, which keeps pages of this sequence: /),
      context: expect.objectContaining({ worker: 'w1' }),
    });
    await expect(shards.attend(0, queries)).rejects.toThrow(/worker w1/);
    shards.close();
  });

  it('is not kept for by a worker that leads itself, and does not lead while it keeps for others', async () => {
    const other = await otherShard('w1');
    const endLead = other.role.lead();
    const lead = new Lead([other]);
    const { shards } = lead;
    expect(await lead.settle()).toEqual([]);
    expect(other.fetched.size).toBeGreaterThan(0);
    endLead?.();
    await lead.offer();
    expect(shards.kept(blocks)).toHaveLength(1);
    shards.close();

    const keeping = new ShardRole();
    keeping.keep();
    const second = new Lead([other], keeping);
    await second.offer();
    expect(second.shards.kept(blocks)).toEqual([]);
  });

  it('passes over a peer that does not take a piece, so that another gets its own', async () => {
    const [full, roomy] = [await otherShard('w1'), await otherShard('w2')];
    full.role.lead(); // it says no
    const lead = new Lead([full, roomy]);
    const { shards } = lead;
    // Three shards: blocks 64 to 127 lie in chunks of 16, with the lead first.
    await lead.settle(longChain);
    expect(full.held.size).toBe(0);
    expect(roomy.held.size).toBeGreaterThan(0);
    shards.close();
  });

  it('is not kept for by a worker that knows that it is drained', async () => {
    const other = await otherShard('w1');
    const lead = new Lead([other]);
    other.role.isDraining = true;
    expect(await lead.settle()).toEqual([]);
    other.role.isDraining = false;
    await lead.offer();
    expect(lead.shards.kept(blocks).length).toBeGreaterThan(0);
    lead.shards.close();
  });

  it('lets everything go when the sequence ends', async () => {
    const other = await otherShard('w1');
    const lead = new Lead([other]);
    const { shards } = lead;
    await lead.settle();
    expect(other.held.size).toBe(32);
    shards.close();
    while (other.held.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
