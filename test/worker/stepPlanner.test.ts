import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockKeysOf } from '../../src/core/blockKey.js';
import type { WantedOutput } from '../../src/model/stepTypes.js';
import { StepPlanner } from '../../src/worker/stepPlanner.js';
import {
  plannerGeometry as geometry,
  PlannerHolder as Holder,
  plannerRange as range,
  plannerRoot as root,
} from './plannerHolder.js';

describe('StepPlanner', () => {
  it('reads only what is held, holds only what a later step can read, and lets go of all at the end', () => {
    const moves = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('step' as const),
          tokens: fc.integer({ min: 1, max: 16 }),
          last: fc.boolean(),
        }),
        fc.record({ kind: fc.constant('truncate' as const), tokens: fc.nat(16) }),
        fc.record({ kind: fc.constant('seek' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(moves, (list) => {
        const planner = new StepPlanner({ geometry, range, rootKey: root, chain: [] });
        const holder = new Holder();
        holder.apply(planner.handle({ kind: 'seek', blocks: 0 }));
        for (const move of list) {
          if (move.kind === 'seek') {
            const blocks = Math.floor((move.part * planner.length) / 16);
            holder.apply(planner.handle({ kind: 'seek', blocks }));
            expect(planner.length).toBe(blocks * 16);
            continue;
          }
          if (move.kind === 'truncate') {
            const tokens = planner.length - Math.min(move.tokens, planner.length % 16);
            holder.apply(planner.handle({ kind: 'truncate', tokens }));
            expect(planner.length).toBe(tokens);
            expect(holder.tails).toBe(tokens % 16 > 0);
            continue;
          }
          const room = 16 - (planner.length % 16);
          const tokens = Uint32Array.from({ length: Math.min(move.tokens, room) }, (_, index) => index);
          const output = move.last ? 'logits' : 'none';
          holder.apply(planner.handle({ kind: 'step', position: planner.length, tokens, output }));
          holder.apply(planner.handle({ kind: 'stepped' }));
          // Two full layers hold all blocks, the window layer at most the three that 20 keys can touch.
          const blocks = Math.floor(planner.length / 16);
          expect(holder.held.size).toBeLessThanOrEqual(2 * blocks + 3);
        }
        holder.apply(planner.handle({ kind: 'close' }));
        expect(holder.held.size).toBe(0);
      }),
    );
  });

  it('names sealed blocks by the same keys as a prompt', () => {
    const tokens = Array.from({ length: 40 }, (_, index) => (index * 7) % 50);
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain: [] });
    planner.handle({ kind: 'seek', blocks: 0 });
    for (const [position, token] of tokens.entries()) {
      planner.handle({ kind: 'step', position, tokens: Uint32Array.of(token), output: 'logits' });
      planner.handle({ kind: 'stepped' });
    }
    expect(planner.chain).toEqual(blockKeysOf(root, tokens, 16));
  });

  it('keeps what it knows past a seek while the tokens are the same, and forgets it when they change', () => {
    const chain = blockKeysOf(root, new Array(64).fill(1), 16);
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain });
    const block = (at: number, token: number) => {
      planner.handle({ kind: 'seek', blocks: at });
      const tokens = new Uint32Array(16).fill(token);
      planner.handle({ kind: 'step', position: at * 16, tokens, output: 'none' });
      planner.handle({ kind: 'stepped' });
    };
    block(1, 1);
    expect(planner.chain).toEqual(chain);
    block(2, 5);
    expect(planner.chain).toHaveLength(3);
    expect(planner.chain[1]).toBe(chain[1]);
    expect(planner.chain[2]).not.toBe(chain[2]);
  });

  it('plans no reads for the last layer while a prefill goes on', () => {
    const chain = blockKeysOf(root, new Array(32).fill(1), 16);
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain });
    planner.handle({ kind: 'seek', blocks: 2 });
    const step = (output: WantedOutput) => {
      const effects = planner.handle({ kind: 'step', position: 32, tokens: Uint32Array.of(1, 2), output });
      const compute = effects.find((effect) => effect.kind === 'compute');
      planner.handle({ kind: 'seek', blocks: 2 });
      return compute?.kind === 'compute' ? compute.step.layers.map(({ pages }) => pages.length) : [];
    };
    expect(step('none')).toEqual([2, 2, 0]);
    expect(step('logits')).toEqual([2, 2, 2]);
    expect(step('everyLogits')).toEqual([2, 2, 2]);
  });

  it('refuses a step at the wrong position or across a block edge', () => {
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain: [] });
    planner.handle({ kind: 'seek', blocks: 0 });
    const step = (position: number, tokens: number) =>
      planner.handle({ kind: 'step', position, tokens: new Uint32Array(tokens), output: 'none' });
    expect(() => step(1, 1)).toThrow('has 0 tokens');
    expect(() => step(0, 17)).toThrow('does not fit into one block');
  });

  it('reads for all tokens of a verified step what their windows reach, in the last layer too', () => {
    const chain = blockKeysOf(root, new Array(64).fill(1), 16);
    const windowLast = { ...geometry, layers: geometry.layers.toReversed() };
    const readFor = (output: WantedOutput) => {
      const planner = new StepPlanner({ geometry: windowLast, range, rootKey: root, chain });
      planner.handle({ kind: 'seek', blocks: 4 });
      const tokens = new Uint32Array(12);
      const effects = planner.handle({ kind: 'step', position: 64, tokens, output });
      const compute = effects.find((effect) => effect.kind === 'compute');
      return compute?.kind === 'compute' && compute.step.layers.at(-1)?.pages.map(({ block }) => block);
    };
    expect(readFor('everyLogits')).toEqual([2, 3]);
    expect(readFor('logits')).toEqual([3]);
  });

  it('goes back within the growing block, and seals what then fills it', () => {
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain: [] });
    planner.handle({ kind: 'seek', blocks: 0 });
    const step = (tokens: readonly number[]) => {
      planner.handle({
        kind: 'step',
        position: planner.length,
        tokens: Uint32Array.from(tokens),
        output: 'everyLogits',
      });
      return planner.handle({ kind: 'stepped' });
    };
    const tokens = Array.from({ length: 32 }, (_, index) => index + 1);
    step(tokens.slice(0, 16));
    step([...tokens.slice(16, 20), 60, 61, 62]);
    expect(planner.handle({ kind: 'truncate', tokens: 20 })).toEqual([]);
    step([...tokens.slice(20, 22), 63]);
    expect(planner.handle({ kind: 'truncate', tokens: 22 })).toEqual([]);
    step(tokens.slice(22));
    expect(planner.chain).toEqual(blockKeysOf(root, tokens, 16));
    step([9]);
    expect(planner.handle({ kind: 'truncate', tokens: 32 })).toEqual([{ kind: 'dropTails' }]);
    expect(planner.handle({ kind: 'truncate', tokens: 32 })).toEqual([]);
    expect(planner.length).toBe(32);
  });

  it('refuses to go back into a sealed block, or forward', () => {
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain: [] });
    planner.handle({ kind: 'seek', blocks: 0 });
    for (const count of [16, 4]) {
      const tokens = new Uint32Array(count);
      planner.handle({ kind: 'step', position: planner.length, tokens, output: 'none' });
      planner.handle({ kind: 'stepped' });
    }
    const truncate = (tokens: number) => () => planner.handle({ kind: 'truncate', tokens });
    expect(truncate(15)).toThrow('the first 16 lie in sealed blocks, which others may share');
    expect(truncate(21)).toThrow('the sequence has 20');
    expect(planner.length).toBe(20);
  });

  it('keeps the window of the growing block: going back reads what was read before', () => {
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain: [] });
    const holder = new Holder();
    holder.apply(planner.handle({ kind: 'seek', blocks: 0 }));
    const step = (count: number) => {
      const tokens = new Uint32Array(count);
      holder.apply(planner.handle({ kind: 'step', position: planner.length, tokens, output: 'everyLogits' }));
      holder.apply(planner.handle({ kind: 'stepped' }));
    };
    for (let block = 0; block < 4; block += 1) step(16);
    // Seen from 65 a window of 20 begins in block 2, seen from 79 in block 3.
    step(15);
    holder.apply(planner.handle({ kind: 'truncate', tokens: 65 }));
    step(1);
  });

  it('reads of full layers what other shards do not have, in whatever order they get it and give it back', () => {
    const blocks = 12;
    const tokens = Array.from({ length: blocks * 16 }, (_, token) => token);
    const chain = blockKeysOf(root, tokens, 16);
    const singles = fc.shuffledSubarray(Array.from({ length: blocks }, (_, block) => block));
    fc.assert(
      fc.property(singles, fc.nat({ max: blocks }), fc.nat({ max: blocks }), (all, before, kept) => {
        const planner = new StepPlanner({ geometry, range, rootKey: root, chain });
        const holder = new Holder();
        const spans = all.map((block) => ({ first: block, end: block + 1 }));
        // Also of blocks that were never given.
        const returned = spans.slice(kept).map(({ first, end }) => ({ first, end: end + 1 }));
        const given = all.filter(
          (block) => !returned.some(({ first, end }) => block >= first && block < end),
        );
        const early = spans.slice(0, before).toSorted((a, b) => a.first - b.first);
        holder.apply(planner.handle({ kind: 'seek', blocks, given: early }));
        for (const span of spans.slice(before)) holder.apply(planner.handle({ kind: 'gave', span }));
        for (const span of returned) holder.apply(planner.handle({ kind: 'took', span }));
        const step = { position: blocks * 16, tokens: Uint32Array.of(1), output: 'logits' as const };
        const effects = planner.handle({ kind: 'step', ...step });
        holder.apply(effects);
        const compute = effects.find(({ kind }) => kind === 'compute');
        if (compute?.kind !== 'compute') throw new Error('no step was planned');
        const own = Array.from({ length: blocks }, (_, block) => block).filter(
          (block) => !given.includes(block),
        );
        const read = compute.step.layers.map(({ pages }) => pages.map(({ block }) => block));
        expect(read).toEqual([[10, 11], own, own]);
        expect(compute.step.peerPages).toBe(2 * given.length);
        holder.apply(planner.handle({ kind: 'stepped' }));
        holder.apply(planner.handle({ kind: 'close' }));
        expect(holder.held.size).toBe(0);
      }),
    );
  });
});
