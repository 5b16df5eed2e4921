import { describe, expect, it } from 'vitest';
import { approximateParent } from '../../src/core/approximateKey.js';
import type { AttentionMode } from '../../src/core/attentionMode.js';
import { blockKeysOf, nextBlockKey } from '../../src/core/blockKey.js';
import { StepPlanner } from '../../src/worker/stepPlanner.js';
import {
  plannerGeometry as geometry,
  PlannerHolder as Holder,
  plannerRange as range,
  plannerRoot as root,
} from './plannerHolder.js';

describe('StepPlanner in an approximate mode', () => {
  const blocks = 12;
  const tokens = Array.from({ length: blocks * 16 + 40 }, (_, token) => token);
  const chain = blockKeysOf(root, tokens.slice(0, blocks * 16), 16);
  type Output = 'none' | 'logits' | 'everyLogits';

  function opened(attention: AttentionMode) {
    const planner = new StepPlanner({ geometry, range, rootKey: root, chain, attention });
    const holder = new Holder();
    holder.apply(planner.handle({ kind: 'seek', blocks }));
    /** What each full layer reads and leaves out. */
    const step = (count: number, output: Output) => {
      const from = planner.length;
      const chunk = Uint32Array.from(tokens.slice(from, from + count));
      const effects = planner.handle({ kind: 'step', position: from, tokens: chunk, output });
      holder.apply(effects);
      holder.apply(planner.handle({ kind: 'stepped' }));
      const compute = effects.find(({ kind }) => kind === 'compute');
      if (compute?.kind !== 'compute') throw new Error('no step was planned');
      const [window, ...full] = compute.step.layers;
      expect(window?.leftOut).toEqual([]);
      return full.map(({ pages, leftOut }) => ({ read: pages.map(({ block }) => block), leftOut }));
    };
    return { planner, holder, step };
  }

  it('lists the pages of sinks and window in decode steps, and all in a prefill', () => {
    const { step } = opened({ kind: 'sinks', sinkTokens: 4, windowTokens: 32 });
    const some = { read: [0, 10, 11], leftOut: [{ first: 1, end: 10 }] };
    expect(step(1, 'logits')).toEqual([some, some]);
    expect(step(3, 'everyLogits')).toEqual([some, some]);
    const all = { read: Array.from({ length: blocks }, (_, block) => block), leftOut: [] };
    expect(step(4, 'logits')).toEqual([all, all]);
    expect(step(4, 'none')).toEqual([all, { read: [], leftOut: [] }]);
  });

  it('holds and lists no more what was dropped, until it seeks', () => {
    const { planner, holder, step } = opened({ kind: 'heavyHitters', share: 0.5 });
    step(1, 'logits');
    holder.apply(planner.handle({ kind: 'dropped', layer: 1, blocks: [3, 4, 7] }));
    const read = [0, 1, 2, 5, 6, 8, 9, 10, 11];
    const leftOut = [
      { first: 3, end: 5 },
      { first: 7, end: 8 },
    ];
    expect(step(1, 'logits')[0]).toEqual({ read, leftOut });
    expect(step(2, 'none')[0]).toEqual({ read, leftOut });
    holder.apply(planner.handle({ kind: 'seek', blocks }));
    expect(step(1, 'logits')[0]?.leftOut).toEqual([]);
    holder.apply(planner.handle({ kind: 'dropped', layer: 2, blocks: [0, 11] }));
    holder.apply(planner.handle({ kind: 'close' }));
    expect(holder.held.size).toBe(0);
  });

  it('gives blocks that it had a part in keys of their own, and those after them', () => {
    const exact = blockKeysOf(root, tokens, 16);
    const mode: AttentionMode = { kind: 'topPages', share: 0.1 };
    const { planner, holder, step } = opened(mode);
    // A prefill fills a block: its KV is exact.
    step(16, 'none');
    expect(planner.chain.at(-1)).toBe(exact[blocks]);
    step(15, 'none');
    step(1, 'logits');
    expect(planner.chain).toHaveLength(blocks + 2);
    expect(planner.chain.at(-1)).toBe(
      nextBlockKey(
        approximateParent(exact[blocks]!, mode),
        tokens.slice((blocks + 1) * 16, (blocks + 2) * 16),
      ),
    );
    // The next one is computed from KV that is not exact.
    step(8, 'none');
    holder.apply(planner.handle({ kind: 'truncate', tokens: (blocks + 2) * 16 }));
    tokens.push(...Array.from({ length: 16 }, (_, token) => token));
    step(16, 'none');
    expect(planner.chain.at(-1)).toBe(
      nextBlockKey(planner.chain.at(-2)!, tokens.slice((blocks + 2) * 16, (blocks + 3) * 16)),
    );
  });
});
