import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixIndex } from '../../src/coordinator/prefixIndex.js';
import { usablePrefix } from '../../src/core/blockSpan.js';
import type { Geometry, LayerAttention } from '../../src/core/geometry.js';
import { splitLayers } from '../../src/core/layerRange.js';
import { type PageId, pageName } from '../../src/core/pageId.js';
import { type WorkerId, workerId } from '../../src/core/plan.js';
import { chainOf } from './clusterParts.js';

const workers = ['a', 'b', 'c'].map(workerId);
const layerCount = 40; // more than one word of a bitset
const chain = chainOf(12);

const page = fc.record({
  block: fc.constantFrom(...chain),
  layer: fc.nat({ max: layerCount - 1 }),
});

type Command =
  | { kind: 'part'; worker: WorkerId; whole: boolean; skip: number; added: PageId[]; removed: PageId[] }
  | { kind: 'drop'; worker: WorkerId };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('part' as const),
      worker: fc.constantFrom(...workers),
      whole: fc.boolean(),
      skip: fc.constantFrom(0, 0, 0, 0, 1),
      added: fc.array(page, { maxLength: 40 }),
      removed: fc.array(page, { maxLength: 10 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('drop' as const), worker: fc.constantFrom(...workers) }),
  },
);

/** What the index should know, the slow and obvious way. */
class Reference {
  readonly pages = new Map<WorkerId, Set<string>>();
  readonly inStep = new Set<WorkerId>();

  holds(worker: WorkerId, wanted: PageId): boolean {
    return this.pages.get(worker)?.has(pageName(wanted)) ?? false;
  }

  apply({ worker, whole, skip, added, removed }: Extract<Command, { kind: 'part' }>): void {
    if (whole) {
      this.pages.set(worker, new Set());
      this.inStep.add(worker);
    } else if (skip > 0) this.inStep.delete(worker);
    if (!this.inStep.has(worker)) return;
    for (const one of added) this.pages.get(worker)?.add(pageName(one));
    for (const one of removed) this.pages.get(worker)?.delete(pageName(one));
  }

  drop(worker: WorkerId): void {
    this.pages.delete(worker);
    this.inStep.delete(worker);
  }
}

function geometryOf(layers: readonly LayerAttention[]): Geometry {
  return { layers, kvHeads: 1, headDim: 1, dtype: 'f32', blockTokens: 16, layoutVersion: 1 };
}

describe('PrefixIndex', () => {
  it('knows exactly the pages that the inventories told, and no block that nobody holds', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const index = new PrefixIndex(layerCount, 1000);
        const reference = new Reference();
        const numbers = new Map<WorkerId, number>();
        for (const one of commands) {
          if (one.kind === 'drop') {
            index.drop(one.worker);
            reference.drop(one.worker);
            continue;
          }
          const number = (numbers.get(one.worker) ?? 0) + 1 + one.skip;
          numbers.set(one.worker, number);
          index.apply(one.worker, { ...one, number });
          reference.apply(one);
        }
        const held = new Set<string>();
        for (const worker of workers) {
          const pages = reference.pages.get(worker) ?? new Set();
          expect(index.pagesOf(worker)).toBe(pages.size);
          for (const block of chain) {
            for (let layer = 0; layer < layerCount; layer += 1) {
              const expected = reference.holds(worker, { block, layer });
              expect(index.holds(worker, { block, layer })).toBe(expected);
              if (expected) held.add(block);
            }
          }
        }
        expect(index.blocks).toBe(held.size);
      }),
    );
  });

  it('finds the longest usable prefix over the stages', () => {
    const attention: fc.Arbitrary<LayerAttention> = fc.oneof(
      fc.constant({ kind: 'full' as const, rope: true }),
      fc.record({
        kind: fc.constant('window' as const),
        window: fc.integer({ min: 1, max: 80 }),
        rope: fc.boolean(),
      }),
    );
    const scene = fc.record({
      layers: fc.array(attention, { minLength: 3, maxLength: 8 }),
      missing: fc.array(fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 7 })), { maxLength: 6 }),
      limit: fc.nat({ max: 14 }),
    });
    fc.assert(
      fc.property(scene, ({ layers, missing, limit }) => {
        const index = new PrefixIndex(layers.length, 1000);
        const stages = splitLayers(layers.length, 3).map((range, at) => ({
          workers: [workers[at]!],
          layers: range,
        }));
        const isMissing = (layer: number, block: number) =>
          missing.some(([atBlock, atLayer]) => atBlock === block && atLayer === layer);
        for (const {
          workers: [worker],
          layers: range,
        } of stages) {
          if (worker === undefined) continue;
          const added = chain.flatMap((block, at) =>
            layers.flatMap((_, layer) =>
              layer >= range.from && layer < range.to && !isMissing(layer, at) ? [{ block, layer }] : [],
            ),
          );
          index.apply(worker, { number: 1, whole: true, added, removed: [] });
        }
        const expected = usablePrefix(
          layers,
          16,
          Math.min(limit, chain.length),
          (layer, block) => !isMissing(layer, block),
        );
        expect(index.longestPrefix(geometryOf(layers), chain, limit, stages)).toBe(expected);
      }),
    );
  });

  it('does not count a page that the wrong worker holds', () => {
    const layers = [{ kind: 'full', rope: true } as const, { kind: 'full', rope: true } as const];
    const index = new PrefixIndex(2, 10);
    const [a, b] = workers as [WorkerId, WorkerId];
    const block = chain[0]!;
    const added = [
      { block, layer: 0 },
      { block, layer: 1 },
    ];
    index.apply(a, { number: 1, whole: true, added, removed: [] });
    const stages = [
      { workers: [a], layers: { from: 0, to: 1 } },
      { workers: [b], layers: { from: 1, to: 2 } },
    ];
    expect(index.longestPrefix(geometryOf(layers), chain, 5, stages)).toBe(0);
    index.apply(b, { number: 1, whole: true, added: [{ block, layer: 1 }], removed: [] });
    expect(index.longestPrefix(geometryOf(layers), chain, 5, stages)).toBe(1);
  });

  it('counts a prefix that the workers of each stage hold together', () => {
    const attention: fc.Arbitrary<LayerAttention> = fc.constantFrom(
      { kind: 'full' as const, rope: true },
      { kind: 'window' as const, window: 20, rope: true },
    );
    const scene = fc.record({
      layers: fc.array(attention, { minLength: 2, maxLength: 4 }),
      held: fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 7 }), fc.nat({ max: 3 })), { maxLength: 80 }),
    });
    fc.assert(
      fc.property(scene, ({ layers, held }) => {
        const index = new PrefixIndex(layers.length, 1000);
        const [a, b, c] = workers as [WorkerId, WorkerId, WorkerId];
        const holds = (worker: number, block: number, layer: number) =>
          held.some((one) => one[0] === worker && one[1] === block && one[2] === layer);
        workers.forEach((worker, at) => {
          const mine = held.filter((one) => one[0] === at && one[2] < layers.length);
          const added = mine.map(([, block, layer]) => ({ block: chain[block]!, layer }));
          index.apply(worker, { number: 1, whole: true, added, removed: [] });
        });
        const split = layers.length - 1;
        const stages = [
          { workers: [a, b], layers: { from: 0, to: split } },
          { workers: [c], layers: { from: split, to: layers.length } },
        ];
        const expected = usablePrefix(layers, 16, 8, (layer, block) =>
          (layer < split ? [0, 1] : [2]).some((worker) => holds(worker, block, layer)),
        );
        const longest = index.longestPrefix(geometryOf(layers), chain.slice(0, 8), 8, stages);
        expect(longest).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('names the holders of a block', () => {
    const index = new PrefixIndex(3, 10);
    const [a, b] = workers as [WorkerId, WorkerId];
    const block = chain[0]!;
    const pages = (...layers: number[]) => layers.map((layer) => ({ block, layer }));
    index.apply(a, { number: 1, whole: true, added: pages(0, 1), removed: [] });
    index.apply(b, { number: 1, whole: true, added: pages(2), removed: [] });
    expect(index.holdersOf(block)).toEqual([
      { worker: a, pages: 2 },
      { worker: b, pages: 1 },
    ]);
    index.apply(b, { number: 2, whole: false, added: [], removed: pages(2) });
    expect(index.holdersOf(block)).toEqual([{ worker: a, pages: 2 }]);
    expect(index.holdersOf(chain[1]!)).toEqual([]);
  });

  it('asks once for the whole inventory after a gap, and takes nothing before it comes', () => {
    const index = new PrefixIndex(4, 10);
    const [a] = workers as [WorkerId];
    const added = [{ block: chain[0]!, layer: 1 }];
    const part = (number: number, whole = false) => ({ number, whole, added, removed: [] });
    expect(index.apply(a, part(4)).kind).toBe('gap');
    expect(index.apply(a, part(5)).kind).toBe('awaited');
    expect(index.pagesOf(a)).toBe(0);
    expect(index.apply(a, part(9, true)).kind).toBe('applied');
    expect(index.apply(a, part(9)).kind).toBe('repeated');
    expect(index.apply(a, part(10)).kind).toBe('applied');
    index.expectWhole(a);
    expect(index.apply(a, part(11)).kind).toBe('gap');
    expect(index.pagesOf(a)).toBe(1);
  });

  it('knows no more blocks than its bound, and has room again when some go', () => {
    const index = new PrefixIndex(1, 2);
    const [a] = workers as [WorkerId];
    const added = chain.slice(0, 3).map((block) => ({ block, layer: 0 }));
    index.apply(a, { number: 1, whole: true, added, removed: [] });
    expect(index.blocks).toBe(2);
    index.apply(a, { number: 2, whole: false, added: [], removed: added.slice(0, 1) });
    index.apply(a, { number: 3, whole: false, added: added.slice(2), removed: [] });
    expect(index.holds(a, added[2]!)).toBe(true);
    expect(index.blocks).toBe(2);
  });
});
