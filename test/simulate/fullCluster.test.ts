import { describe, expect, it } from 'vitest';
import type { KvClient } from '../../src/client/kvClient.js';
import { pageBytes } from '../../src/core/geometry.js';
import { ClientSession } from '../../src/decode/clientSession.js';
import { generate } from '../../src/decode/generate.js';
import { fakeReference } from '../../src/simulate/fakeModel.js';
import { SimulatedCluster } from '../../src/simulate/simulatedCluster.js';
import { smallGeometry } from '../../src/simulate/smallGeometry.js';
import { topLogits } from '../../src/worker/topLogits.js';

const geometry = smallGeometry([
  { kind: 'window', window: 20, rope: true },
  { kind: 'full', rope: false },
  { kind: 'full', rope: true },
  { kind: 'full', rope: true },
]);

/** The longest sequence that is not refused. */
async function longestAdmitted(client: KvClient): Promise<number> {
  let [fits, refused] = [0, 4_096];
  while (refused - fits > 1) {
    const blocks = Math.floor((fits + refused) / 2);
    try {
      const { plan } = await client.sequences.create([], 1, { maxTokens: blocks * geometry.blockTokens });
      await client.sequences.release(plan.sequence);
      fits = blocks;
    } catch {
      refused = blocks;
    }
  }
  return fits;
}

describe('a cluster whose whole budget is one sequence', () => {
  it('holds what it has admitted: the longest sequence decodes to its end, bit by bit', async () => {
    const pages = { device: 2, pinned: 6, disk: 36 };
    const cluster = new SimulatedCluster({ seed: 7, geometry, stages: 2, pages });
    const work = async () => {
      await cluster.start();
      const client = await cluster.connect();
      const blocks = await longestAdmitted(client);
      // The second stage is all full layers: two pages a block, in the hot slots, pinned memory and disk.
      const [, last] = (await client.status()).admission.stages;
      expect(blocks).toBe(Math.floor((last?.budgetBytes ?? 0) / pageBytes(geometry) / 2));
      expect(blocks).toBeGreaterThan(10);
      const prompt = Array.from({ length: 40 }, (_, at) => (at * 7) % 64);
      const maxTokens = blocks * geometry.blockTokens - prompt.length;
      const session = await ClientSession.create(client, prompt, {
        maxTokens: blocks * geometry.blockTokens,
      });
      const known = [...prompt];
      const request = { prompt, maxTokens, sampling: { temperature: 0, seed: 0 }, eos: [], topLogits: 4 };
      for await (const event of generate(session, request, cluster.clock)) {
        expect(event.kind).not.toBe('recovered');
        if (event.kind !== 'token') continue;
        const wanted = topLogits(fakeReference(geometry, known), { top: 4, all: false });
        expect([...event.step.topLogits]).toEqual([...wanted.logits]);
        known.push(event.token);
      }
      expect(known).toHaveLength(blocks * geometry.blockTokens);
      await session.release();
      await client.close();
      await cluster.stop();
    };
    await cluster.clock.run(work(), 1_000_000);
  });
});
