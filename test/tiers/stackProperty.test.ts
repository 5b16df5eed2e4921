import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PageView } from '../../src/core/pageView.js';
import type { Disk } from '../../src/core/ports/disk.js';
import { admissionPolicyNames } from '../../src/policy/admissionPolicies.js';
import { placementPolicyNames } from '../../src/policy/placementPolicies.js';
import { residencyPolicyNames } from '../../src/policy/residencyPolicies.js';
import { retentionPolicyNames } from '../../src/policy/retentionPolicies.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import type { DiskCompression } from '../../src/tiers/codec/diskCodecs.js';
import { groupCodecOf, type TierDtype, tierDtypes } from '../../src/tiers/codec/tierDtype.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { roundTrip } from './codec/codecFixtures.js';
import { openStack, type StackSizes } from './stackFixtures.js';
import { type Act, StackModel } from './stackModel.js';
import { bytesOf, tinyGeometry, tinyHalfBytes } from './tierFixtures.js';

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
  admission: fc.constantFrom(...admissionPolicyNames),
  placement: fc.constantFrom(...placementPolicyNames),
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

const pairs = admissionPolicyNames.flatMap((admission) =>
  placementPolicyNames.map((placement) => [admission, placement] as const),
);

it.each(pairs)('does so with admission %s and placement %s', async (admission, placement) => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(act, { minLength: 20, maxLength: 100, size: 'max' }),
      async (given, acts) => {
        const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(3));
        await play(disk, { ...given, admission, placement }, acts);
      },
    ),
    { numRuns: 12 },
  );
});

const lossyWorld = fc.record({
  world,
  pinnedDtype: fc.constantFrom('int8' as const, 'int4' as const),
  diskDtype: fc.constantFrom(...tierDtypes),
});

it('does so with pinned pages that keep less, and writes nothing that exact runs take for theirs', async () => {
  await fc.assert(
    fc.asyncProperty(
      lossyWorld,
      fc.array(act, { minLength: 20, maxLength: 100, size: 'max' }),
      async (given, acts) => {
        const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(3));
        const { sizes: room, ...options } = given.world;
        const compression: DiskCompression = { dtype: given.diskDtype, packing: 'none' };
        const budgetBytes = room.disk * disk.footprintBytes(2 * tinyHalfBytes);
        const under = await openStack(room, disk, {
          ...options,
          pinnedDtype: given.pinnedDtype,
          disk: room.disk === 0 ? null : { disk, budgetBytes, compression },
        });
        const model = new StackModel(under, disk, (block, layer) =>
          everyForm(bytesOf(block, layer), [given.pinnedDtype, given.diskDtype]),
        );
        for (const next of acts) {
          await model.act(next);
          model.check();
        }
        await model.finish();
        if (room.disk > 0) await expectForeign(disk, budgetBytes);
      },
    ),
    { numRuns: 60 },
  );
});

/** No page of so few calls goes from tier to tier more often. */
const crossingsMax = 6;

/** What a page may have become by way of tiers that are so precise: each crossing may round anew. */
function everyForm(page: PageView, dtypes: readonly TierDtype[]): PageView[] {
  const codecs = dtypes.flatMap((dtype) =>
    dtype === 'exact' ? [] : [groupCodecOf(dtype, tinyGeometry, 'pinned')],
  );
  const forms = new Map([[nameOf(page), page]]);
  let newest = [page];
  for (let crossing = 0; crossing < crossingsMax; crossing += 1) {
    const next = newest.flatMap((form) => codecs.map((codec) => roundTrip(codec, form)));
    newest = next.filter((form) => !forms.has(nameOf(form)));
    for (const form of newest) forms.set(nameOf(form), form);
  }
  return [...forms.values()];
}

const nameOf = ({ k, v }: PageView): string => Buffer.concat([k, v]).toString('latin1');

/** Who asks for exact pages finds none that such a worker wrote. */
async function expectForeign(disk: Disk, budgetBytes: number): Promise<void> {
  const { stack } = await openStack({ device: 7, pinned: 0, disk: 1 }, disk, { disk: { disk, budgetBytes } });
  expect([...stack.inventory()]).toEqual([]);
  await stack.close();
}

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
