import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { it } from 'vitest';
import type { Disk } from '../../src/core/ports/disk.js';
import { residencyPolicyNames } from '../../src/policy/residencyPolicies.js';
import { retentionPolicyNames } from '../../src/policy/retentionPolicies.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { openStack, type StackSizes } from './stackFixtures.js';
import { type Act, StackModel } from './stackModel.js';

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(
    'seal',
    'seal',
    'seal',
    'hold',
    'letGo',
    'leaveWindow',
    'fetch',
    'fetch',
    'done',
    'done',
    'put',
    'putMeanwhile',
    'quit',
    'get',
    'getMeanwhile',
    'borrow',
    'borrow',
    'giveBack',
    'reserve',
    'reserve',
    'complete',
    'spoil',
    'abandon',
    'raise',
    'remove',
    'pinBlocks',
    'flush',
  ),
  block: fc.nat(15),
  layer: fc.nat(2),
});

const sizes: fc.Arbitrary<StackSizes> = fc.record({
  device: fc.integer({ min: 7, max: 12 }),
  pinned: fc.constantFrom(0, 1, 3, 8, 40),
  disk: fc.constantFrom(0, 1, 4, 12, 100),
});

const world = fc.record({
  sizes,
  residency: fc.constantFrom(...residencyPolicyNames),
  retention: fc.constantFrom(...retentionPolicyNames),
  verify: fc.constantFrom('boundary' as const, 'always' as const),
});

async function play(disk: Disk, given: typeof world extends fc.Arbitrary<infer W> ? W : never, acts: Act[]) {
  const { sizes: room, ...options } = given;
  const model = new StackModel(await openStack(room, disk, options), disk);
  for (const next of acts) {
    await model.act(next);
    model.check();
  }
  await model.finish();
}

it('keeps budgets, keeps what is held, and gives back the bytes that were sealed, for any calls', async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(act, { minLength: 20, maxLength: 100, size: 'max' }),
      async (given, acts) => {
        await play(new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(3)), given, acts);
      },
    ),
    { numRuns: 60 },
  );
});

it('does so on data files too', async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(act, { minLength: 20, maxLength: 80, size: 'max' }),
      async (given, acts) => {
        const dir = mkdtempSync(join(tmpdir(), 'kvtide-stack-'));
        await play(new ExtentDisk(dir), given, acts);
        rmSync(dir, { recursive: true });
      },
    ),
    { numRuns: 10 },
  );
});
