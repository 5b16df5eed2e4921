import { beforeAll, describe, expect, it, vi } from 'vitest';
import { KvClient } from '../../src/client/kvClient.js';
import { ClientSession } from '../../src/decode/clientSession.js';
import { type GenerateRequest, generate } from '../../src/decode/generate.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { longCase } from '../support/goldenCases.js';
import { upCluster } from '../support/upCluster.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const tokens = longCase(hybrid).promptTokens;
const blockTokens = 16;

interface Wanted extends Pick<GenerateRequest, 'prompt' | 'maxTokens' | 'speculate'> {
  readonly seed: number;
}

/** Sequences of different lengths, samplings and speculation. */
const wanted: readonly Wanted[] = [
  { prompt: tokens.slice(0, 200), maxTokens: 48, seed: 0 },
  { prompt: tokens.slice(40, 77), maxTokens: 48, seed: 1 },
  { prompt: tokens.slice(300, 301), maxTokens: 48, seed: 2 },
  { prompt: tokens.slice(100, 250), maxTokens: 48, seed: 3, speculate: 'ngram' },
  // Goes on otherwise behind the blocks of the first one: a batch reads their pages twice.
  { prompt: [...tokens.slice(0, 192), ...tokens.slice(400, 420)], maxTokens: 48, seed: 4 },
  // As long as it takes, its prefill goes on beside the others.
  { prompt: [...tokens, ...tokens.slice(0, 600)], maxTokens: 12, seed: 5 },
];

interface Decoded {
  readonly steps: readonly { readonly token: number; readonly logits: readonly number[] }[];
  /** The most steps that were computed together with one of it. */
  readonly batchMax: number;
}

/** @param together resolves when all that decode at the same time have their first token. */
async function decode(
  client: KvClient,
  { seed, ...request }: Wanted,
  together: () => Promise<void> = async () => {},
): Promise<Decoded> {
  const session = await ClientSession.create(client, request.prompt);
  const steps: Decoded['steps'][number][] = [];
  let batchMax = 0;
  try {
    const sampling = { temperature: seed % 2, seed };
    const events = generate(session, { ...request, sampling, eos: [], topLogits: 5 }, systemClock);
    for await (const event of events) {
      if (event.kind === 'recovered') throw event.cause;
      if (event.kind !== 'token') continue;
      steps.push({ token: event.token, logits: event.step.topLogits });
      if (steps.length === 1) await together();
      batchMax = Math.max(batchMax, ...event.step.stages.map(({ batch }) => batch));
    }
  } finally {
    await session.release();
  }
  return { steps, batchMax };
}

async function onCluster<T>(flags: string, use: (client: KvClient) => Promise<T>): Promise<T> {
  const cluster = await upCluster([
    '--model',
    hybrid,
    '--block-tokens',
    `${blockTokens}`,
    ...flags.split(' '),
  ]);
  const client = await KvClient.connect(cluster.address, { tenant: 'batching' });
  try {
    return await use(client);
  } finally {
    await client.close();
    await cluster.stop();
  }
}

/** Each call resolves when so many have been made. */
function meeting(count: number): () => Promise<void> {
  const here: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      here.push(resolve);
      if (here.length === count) for (const go of here) go();
    });
}

let alone: Decoded[];

beforeAll(async () => {
  alone = await onCluster('--stages 1 --device-bytes 64MiB', async (client) => {
    const all: Decoded[] = [];
    for (const one of wanted) all.push(await decode(client, one));
    return all;
  });
});

describe('sequences that decode together, beside a long prefill', () => {
  it.each([
    '--stages 1 --device-bytes 64MiB',
    '--stages 1 --device-bytes 256KiB --pinned-bytes 512KiB',
    '--stages 2 --device-bytes 160KiB --pinned-bytes 0 --residency lru',
    '--stages 1 --workers 2 --device-bytes 320KiB --pinned-bytes 256KiB',
    '--stages 2 --workers 4 --device-bytes 64MiB',
  ])('have the tokens and logits that each has alone, with %s', async (flags) => {
    const meet = meeting(wanted.length - 1);
    const together = await onCluster(flags, (client) =>
      Promise.all(wanted.map((one) => decode(client, one, one === wanted.at(-1) ? undefined : meet))),
    );
    together.forEach(({ steps }, at) => {
      expect(steps, `sequence ${at}`).toEqual(alone[at]!.steps);
    });
    expect(Math.max(...together.map(({ batchMax }) => batchMax))).toBeGreaterThan(1);
    expect(alone.map(({ batchMax }) => batchMax)).toEqual(wanted.map(() => 1));
  });

  it('go on when one of them is given up', async () => {
    const [first, second] = wanted;
    await onCluster('--stages 1 --device-bytes 256KiB --pinned-bytes 512KiB', async (client) => {
      const giveUp = new AbortController();
      const session = await ClientSession.create(client, wanted.at(-1)!.prompt, { signal: giveUp.signal });
      const sampling = { temperature: 0, seed: 0 };
      const request = { prompt: wanted.at(-1)!.prompt, maxTokens: 400, sampling, eos: [], topLogits: 1 };
      const given = (async () => {
        let count = 0;
        for await (const event of generate(session, { ...request, signal: giveUp.signal }, systemClock)) {
          if (event.kind === 'token') count += 1;
          if (count === 5) giveUp.abort();
        }
      })();
      const others = Promise.all([decode(client, first!), decode(client, second!)]);
      await expect(given).rejects.toThrow();
      const [one, other] = await others;
      expect(one.steps).toEqual(alone[0]!.steps);
      expect(other.steps).toEqual(alone[1]!.steps);
    });
  });
});
