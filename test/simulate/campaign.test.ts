import { describe, expect, it } from 'vitest';
import { Campaign } from '../../src/simulate/campaign.js';
import { canaryNames, canaryOf } from '../../src/simulate/canaries.js';
import { fakeReference, fakeVocabulary } from '../../src/simulate/fakeModel.js';
import { FakeText } from '../../src/simulate/fakeText.js';
import { faultKinds } from '../../src/simulate/faultKinds.js';
import { runSeed } from '../../src/simulate/runSeed.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';

const eventsMin = 1_000;

describe('a simulation', () => {
  it('breaks no promise, does the same for the same seed, and lets everything go wrong', async () => {
    const campaign = new Campaign();
    for (let seed = 0; seed < 24; seed += 1) {
      const report = await runSeed({ seed, eventsMin });
      expect(report.violations, `seed ${seed}`).toEqual([]);
      expect(report.events).toBeGreaterThanOrEqual(eventsMin);
      if (seed < 3) expect(await runSeed({ seed, eventsMin })).toEqual(report);
      campaign.add(report);
    }
    const { faults, requests, seeds, violations } = campaign.report();
    expect({ seeds, violations }).toEqual({ seeds: 24, violations: 0 });
    expect(faultKinds.filter((kind) => faults[kind] === 0)).toEqual([]);
    expect(requests.ended).toBeGreaterThan(24 * 4);
    expect(requests.recomputed).toBeGreaterThan(0);
  }, 120_000);

  it.each(canaryNames)(
    'catches %s',
    async (name) => {
      for (let seed = 0; seed < 100; seed += 1) {
        const { broken } = await runSeed({ seed, eventsMin, planted: canaryOf(name) });
        if (broken > 0) return;
      }
      expect.unreachable(`${name} was not caught`);
    },
    120_000,
  );

  it('refuses a canary that is none', () => {
    expect(() => canaryOf('none')).toThrow(/^there is no canary "none"; there are visible-before-flush, /);
  });
});

describe('the text of the fake model', () => {
  it('goes on as the model without a cache does', () => {
    const geometry = {
      layers: [
        { kind: 'window', window: 5, rope: true },
        { kind: 'full', rope: false },
      ],
      kvHeads: 1,
      headDim: 16,
      dtype: 'f32',
      blockTokens: 16,
      layoutVersion: 1,
    } as const;
    const random = new SimulatedRandom(1);
    const text = new FakeText(geometry);
    const known: number[] = [];
    for (let at = 0; at < 40; at += 1) {
      known.push(random.integer(0, fakeVocabulary - 1));
      text.push(known.at(-1)!);
      expect(text.logits()).toEqual(fakeReference(geometry, known));
    }
  });
});
