import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DurableState, StateChange } from '../../src/coordinator/durableState.js';
import type { Sequence } from '../../src/coordinator/sequence.js';
import type { StateStore } from '../../src/coordinator/stateStore.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { epoch, sequenceId, workerId } from '../../src/core/plan.js';

/** A place where stores lie: each `reopen` is a new process that finds what the one before has left. */
export interface StorePlace {
  reopen(): StateStore;
}

const key = (at: number) => at.toString(16).padStart(64, '0') as BlockKey;

const sequence: fc.Arbitrary<Sequence> = fc.record({
  id: fc.nat({ max: 5 }).map((at) => sequenceId(`s${at}`)),
  tenant: fc.string(),
  namespace: fc.constant('ab'.repeat(32) as NamespaceId),
  blocks: fc.array(fc.nat({ max: 999 }).map(key), { maxLength: 20 }),
  tokens: fc.nat(),
  touchedMs: fc.nat(),
});

const change: fc.Arbitrary<StateChange> = fc.oneof(
  fc.record({ kind: fc.constant('epoch' as const), epoch: fc.nat().map(epoch) }),
  fc.record({
    kind: fc.constant('assign' as const),
    assignment: fc.record({
      stage: fc.nat({ max: 3 }),
      worker: fc.string({ minLength: 1 }).map(workerId),
    }),
  }),
  sequence.map((one) => ({ kind: 'putSequence', sequence: one }) as const),
  fc
    .record({
      id: fc.nat({ max: 5 }).map((at) => sequenceId(`s${at}`)),
      from: fc.nat({ max: 5 }),
      blocks: fc.array(fc.nat({ max: 999 }).map(key), { maxLength: 5 }),
      tokens: fc.nat(),
      touchedMs: fc.nat(),
    })
    .map((growth) => ({ kind: 'growSequence', growth }) as const),
  sequence.map(({ id }) => ({ kind: 'dropSequence', sequence: id }) as const),
  fc
    .record({ block: fc.nat({ max: 5 }).map(key), endsMs: fc.nat() })
    .map((pin) => ({ kind: 'putPin', pin }) as const),
  fc.nat({ max: 5 }).map((at) => ({ kind: 'dropPin', block: key(at) }) as const),
);

/** The state, the same way round whatever order the store gives it in. */
function sorted({ epoch: count, sequences, pins, assignments }: DurableState) {
  const byText = <T>(items: readonly T[]) =>
    [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    epoch: count,
    sequences: byText(sequences),
    pins: byText(pins),
    assignments: byText(assignments),
  };
}

function sequencesAfter(changes: readonly StateChange[]): Map<string, Sequence> {
  const sequences = new Map<string, Sequence>();
  for (const one of changes) {
    if (one.kind === 'putSequence') sequences.set(one.sequence.id, one.sequence);
    else if (one.kind === 'dropSequence') sequences.delete(one.sequence);
    else if (one.kind === 'growSequence') {
      const { from, blocks, ...grown } = one.growth;
      const before = sequences.get(grown.id);
      if (before === undefined) continue;
      sequences.set(grown.id, { ...before, ...grown, blocks: [...before.blocks.slice(0, from), ...blocks] });
    }
  }
  return sequences;
}

/** With no sequence growing from further on than it is long. */
function sound(changes: readonly StateChange[]): StateChange[] {
  const so: StateChange[] = [];
  for (const one of changes) {
    if (one.kind !== 'growSequence') so.push(one);
    else {
      const has = sequencesAfter(so).get(one.growth.id)?.blocks.length ?? 0;
      so.push({ ...one, growth: { ...one.growth, from: Math.min(one.growth.from, has) } });
    }
  }
  return so;
}

/** What the changes add up to, the slow and obvious way. */
function expected(changes: readonly StateChange[]): DurableState {
  const last = <T>(items: readonly T[], at: (item: T) => unknown) => [
    ...new Map(items.map((item) => [at(item), item])).values(),
  ];
  const kept = (index: number, isDrop: (later: StateChange) => boolean) =>
    !changes.slice(index + 1).some(isDrop);
  const pins = changes.flatMap((one, index) =>
    one.kind === 'putPin' && kept(index, (later) => later.kind === 'dropPin' && later.block === one.pin.block)
      ? [one.pin]
      : [],
  );
  const epochs = changes.flatMap((one) => (one.kind === 'epoch' ? [one.epoch] : []));
  return {
    epoch: epochs.at(-1) ?? epoch(0),
    sequences: [...sequencesAfter(changes).values()],
    pins: last(pins, ({ block }) => block),
    assignments: last(
      changes.flatMap((one) => (one.kind === 'assign' ? [one.assignment] : [])),
      ({ stage }) => stage,
    ),
  };
}

/** What every state store must do. */
export function stateStoreContract(
  name: string,
  withPlace: (test: (place: StorePlace) => Promise<void>) => Promise<void>,
): void {
  describe(`${name} as a state store`, () => {
    it('starts empty', async () => {
      await withPlace(async (place) => {
        const store = place.reopen();
        const opened = await store.open();
        expect(opened).toEqual({
          kind: 'ready',
          state: { epoch: 0, sequences: [], pins: [], assignments: [] },
        });
        await store.close();
      });
    });

    it('gives back after a restart what the writes add up to', async () => {
      const batches = fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(batches, fc.nat({ max: 8 }), async (writes, restartAt) => {
          await withPlace(async (place) => {
            let store = place.reopen();
            await store.open();
            const made: StateChange[] = [];
            for (const [index, changes] of writes.entries()) {
              const next = sound([...made, ...changes]).slice(made.length);
              made.push(...next);
              await store.write(next);
              if (index !== restartAt) continue;
              await store.close();
              store = place.reopen();
              await store.open();
            }
            await store.close();
            const again = place.reopen();
            const opened = await again.open();
            expect(opened.kind).toBe('ready');
            expect(sorted(opened.state)).toEqual(sorted(expected(made)));
            await again.close();
          });
        }),
        { numRuns: 25 },
      );
    });

    it('makes writes that overlap in the order of their calls', async () => {
      await withPlace(async (place) => {
        const store = place.reopen();
        await store.open();
        const counts = Array.from({ length: 50 }, (_, at) => epoch(at + 1));
        await Promise.all(counts.map((count) => store.write([{ kind: 'epoch', epoch: count }])));
        await store.close();
        const again = place.reopen();
        expect((await again.open()).state.epoch).toBe(50);
        await again.close();
      });
    });

    it('refuses to write when it is closed', async () => {
      await withPlace(async (place) => {
        const store = place.reopen();
        await store.open();
        await store.close();
        await expect(store.write([{ kind: 'epoch', epoch: epoch(1) }])).rejects.toMatchObject({
          kind: 'unavailable',
        });
      });
    });
  });
}
