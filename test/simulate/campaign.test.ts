import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Campaign } from '../../src/simulate/campaign.js';
import { canaryNames, canaryOf, catches } from '../../src/simulate/canaries.js';
import { fakeReference, fakeVocabulary } from '../../src/simulate/fakeModel.js';
import { FakeText } from '../../src/simulate/fakeText.js';
import { faultKinds } from '../../src/simulate/faultKinds.js';
import { runSeed } from '../../src/simulate/runSeed.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { smallGeometry } from '../../src/simulate/smallGeometry.js';

const eventsMin = 1_000;

describe('a simulation', () => {
  it('breaks no promise, does the same for the same seed, and lets everything go wrong', async () => {
    const campaign = new Campaign();
    let keptBlocks = 0;
    for (let seed = 0; seed < 24; seed += 1) {
      const report = await runSeed({ seed, eventsMin });
      expect(report.violations, `seed ${seed}`).toEqual([]);
      expect(report.events).toBeGreaterThanOrEqual(eventsMin);
      if (seed < 3) expect(await runSeed({ seed, eventsMin })).toEqual(report);
      campaign.add(report);
      keptBlocks += report.keptBlocks;
    }
    const { faults, requests, seeds, violations } = campaign.report();
    expect({ seeds, violations }).toEqual({ seeds: 24, violations: 0 });
    expect(faultKinds.filter((kind) => faults[kind] === 0)).toEqual([]);
    expect(requests.ended).toBeGreaterThan(24 * 4);
    expect(requests.recomputed).toBeGreaterThan(0);
    expect(keptBlocks).toBeGreaterThan(0);
  }, 120_000);

  // What each of them found is mended.
  it.each([
    [435, 'a second start of a worker took the place of another one that had not come back yet'],
    [668, 'the same with other faults'],
    [279, 'a block was missed while the one of two workers that had it was still away'],
    [2629, 'the fake kernel waited for a page that comes behind those of another sequence'],
    [3597, 'another user put a block again that was not on disk'],
    [748, 'a registration that was given up came late, and waited for a worker that did not know of it'],
  ])('breaks no promise with seed %i: %s', async (seed) => {
    expect((await runSeed({ seed, eventsMin })).violations).toEqual([]);
  });

  it.each(canaryNames)(
    'catches %s',
    async (name) => {
      for (let seed = 0; seed < 100; seed += 1) {
        const canary = canaryOf(name);
        const report = await runSeed({ seed, eventsMin, planted: canary.planted });
        if (catches(canary, report)) return;
      }
      expect.unreachable(`${name} was not caught`);
    },
    120_000,
  );

  it('refuses a canary that is none', () => {
    expect(() => canaryOf('none')).toThrow(/^there is no canary "none"; there are visible-before-flush, /);
  });
});

describe('npm run simulate', () => {
  const run = (...flags: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'src/simulate/main.ts', ...flags],
      { encoding: 'utf8' },
    );
    return { status, last: stdout.trimEnd().split('\n').at(-1) ?? '', stderr };
  };

  it('ends with the same line for any number of processes', () => {
    const alone = run('--seeds', '4', '--jobs', '1');
    expect(alone.status).toBe(0);
    expect(JSON.parse(alone.last)).toMatchObject({ seeds: 4, violations: 0 });
    expect(run('--seeds', '4', '--jobs', '3').last).toBe(alone.last);
    expect(run('--seeds', '4', '--from', '1').last).not.toBe(alone.last);
  });

  it('catches a canary, and says what is wrong with its flags', () => {
    expect(run('--seeds', '20', '--canary', 'budget-off-by-one').status).toBe(0);
    const wrong = run('--seeds', 'many');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^--seeds is "many"; give a whole number from 1 on\n/);
  });
});

describe('the text of the fake model', () => {
  it('goes on as the model without a cache does', () => {
    const geometry = smallGeometry([
      { kind: 'window', window: 5, rope: true },
      { kind: 'full', rope: false },
    ]);
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
