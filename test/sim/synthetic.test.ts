import { describe, expect, it } from 'vitest';
import { infiniteReplay } from '../../src/sim/infiniteReplay.js';
import { isPrefixTree } from '../../src/sim/isPrefixTree.js';
import { SeededRandom } from '../../src/sim/seededRandom.js';
import { syntheticKinds, syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import { ZipfSampler } from '../../src/sim/zipfSampler.js';
import { requestsOf } from './prefixTraces.js';

describe('synthetic traces', () => {
  it.each(syntheticKinds)('%s: equal seeds give equal traces of prefixes, as long as was asked', (kind) => {
    const spec = { kind, parameters: { requests: 500 } };
    const trace = syntheticTrace(spec, 4);
    expect(trace).toEqual(syntheticTrace(spec, 4));
    expect(trace.requests).toBe(500);
    expect(isPrefixTree(trace)).toBe(true);
    if (kind !== 'loop') expect(trace.blocks).not.toEqual(syntheticTrace(spec, 5).blocks);
  });

  it('a loop comes round', () => {
    const trace = syntheticTrace({ kind: 'loop', parameters: { requests: 7, blocks: 3 } }, 0);
    expect(requestsOf(trace).flat()).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('a scan never comes again', () => {
    const parameters = { requests: 1000, blocks: 5, scanBlocks: 40, every: 100 };
    const trace = syntheticTrace({ kind: 'scan', parameters }, 1);
    expect(trace.uniqueBlocks).toBe(10 * 40 + 5);
  });

  it('forked conversations share what they went on from', () => {
    const at = (forks: number) =>
      infiniteReplay(syntheticTrace({ kind: 'agents', parameters: { requests: 400, forks, turns: 2 } }, 2));
    expect(at(1).prefixHits / at(1).accesses).toBeGreaterThan(at(0).prefixHits / at(0).accesses);
  });

  it("ranks are drawn by Zipf's law", () => {
    const sampler = new ZipfSampler(10, 1);
    const random = new SeededRandom(6);
    const draws = 200_000;
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < draws; draw += 1) counts[sampler.draw(random)]! += 1;
    const sum = counts.reduce((total, _, rank) => total + 1 / (rank + 1), 0);
    for (const [rank, count] of counts.entries()) {
      expect(count / draws).toBeCloseTo(1 / (rank + 1) / sum, 2);
    }
  });
});
