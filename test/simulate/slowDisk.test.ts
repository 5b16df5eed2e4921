import { expect, it } from 'vitest';
import { ClientSession } from '../../src/decode/clientSession.js';
import { generate } from '../../src/decode/generate.js';
import { SimulatedCluster } from '../../src/simulate/simulatedCluster.js';
import { smallGeometry } from '../../src/simulate/smallGeometry.js';

const geometry = smallGeometry([
  { kind: 'full', rope: true },
  { kind: 'window', window: 20, rope: true },
]);

/** Tokens 0, 1, 2 … of a prompt that begins with its own number. */
const promptOf = (number: number) => Array.from({ length: 16 * 8 + 3 }, (_, at) => (number * 7 + at) % 50);

interface Seen {
  readonly cachedTokens: number;
  readonly tokens: readonly number[];
}

/** Generates after prompt 0, after others that drive its pages to disk, and after prompt 0 again. */
async function play(computeMsPerToken: number, delayMsMax: number, stages = 1): Promise<Seen> {
  const cluster = new SimulatedCluster({
    seed: 5,
    geometry,
    stages,
    pages: { device: 2, pinned: 2, disk: 400 },
    diskFaults: { delayMsMax },
    computeMsPerToken,
  });
  const run = async (): Promise<Seen> => {
    await cluster.start();
    const client = await cluster.connect();
    let seen: Seen = { cachedTokens: 0, tokens: [] };
    for (const number of [0, 1, 2, 0]) {
      const prompt = promptOf(number);
      const session = await ClientSession.create(client, prompt);
      const tokens: number[] = [];
      let cachedTokens = 0;
      const request = { prompt, maxTokens: 3, sampling: { temperature: 0, seed: 0 }, eos: [], topLogits: 0 };
      for await (const event of generate(session, request, cluster.clock)) {
        if (event.kind === 'opened') ({ cachedTokens } = event);
        if (event.kind === 'token') tokens.push(event.token);
      }
      await session.release();
      seen = { cachedTokens, tokens };
    }
    await client.close();
    await cluster.stop();
    return seen;
  };
  let seen: Seen | undefined;
  await cluster.clock.run(
    run().then((found) => {
      seen = found;
    }),
    10_000_000,
  );
  return seen!;
}

it('computes anew what a slow disk would bring later, and answers the same', async () => {
  const unmeasured = await play(0, 200);
  const fastDisk = await play(10, 1);
  const slowDisk = await play(1, 200);
  expect(unmeasured.cachedTokens).toBe(16 * 8);
  expect(fastDisk.cachedTokens).toBe(16 * 8);
  expect(slowDisk.cachedTokens).toBeLessThan(16 * 8);
  expect(fastDisk.tokens).toEqual(unmeasured.tokens);
  expect(slowDisk.tokens).toEqual(unmeasured.tokens);
});

it('decides once for two stages, of which only one has much to load', async () => {
  const unmeasured = await play(0, 200, 2);
  const fastDisk = await play(10, 1, 2);
  const slowDisk = await play(1, 200, 2);
  expect(unmeasured.cachedTokens).toBe(16 * 8);
  expect(fastDisk.cachedTokens).toBe(16 * 8);
  expect(slowDisk.cachedTokens).toBeLessThan(16 * 8);
  expect(fastDisk.tokens).toEqual(unmeasured.tokens);
  expect(slowDisk.tokens).toEqual(unmeasured.tokens);
});
