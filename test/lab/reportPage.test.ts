import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optimumRates } from '../../src/lab/optimumRates.js';
import { byteAxis } from '../../src/lab/page/byteAxis.js';
import { policyLabel } from '../../src/lab/policyLabel.js';
import { reportPage } from '../../src/lab/reportPage.js';
import { reportScript } from '../../src/lab/reportScript.js';
import { bestRuns, reportTable } from '../../src/lab/reportTable.js';
import type { SimRun } from '../../src/lab/simResults.js';
import { evilPolicy, sampleOfTiers, sampleResults } from './sampleResults.js';

const noScript = 'void 0';

/** What the script of the page will read. */
function resultsIn(page: string): unknown {
  const [, text = ''] = /<script type="application\/json" id="results">(.*?)<\/script>/s.exec(page) ?? [];
  return JSON.parse(text);
}

const tagsOf = (page: string): number => page.split('<').length;
const plotsIn = (page: string): string[] =>
  [...page.matchAll(/data-plot="(\w+)"><fig/g)].map(([, name = '']) => name);

describe('the page of a report', () => {
  it('holds the results as they are', () => {
    expect(resultsIn(reportPage(sampleOfTiers(), noScript))).toEqual(sampleOfTiers());
  });

  it('names nothing outside of itself', () => {
    const page = reportPage(sampleResults(), noScript);
    expect(page).not.toMatch(/https?:|\b(src|href)=(?!x )|@import|url\(/);
  });

  it('lets no name of a policy or trace become part of the page', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom(evilPolicy, '<!--<script>', ']]>', '"><b>'),
    );
    const plain = tagsOf(reportPage({ ...sampleResults(), runs: [oneRun('plain')] }, noScript));
    fc.assert(
      fc.property(name, name, (policy, traceName) => {
        const { trace } = sampleResults();
        const results = { trace: { ...trace, name: traceName }, runs: [oneRun(policy)] };
        const page = reportPage(results, noScript);
        expect(resultsIn(page)).toEqual(results);
        expect(tagsOf(page)).toBe(plain);
      }),
    );
  });

  it('has plots of that alone which was measured', () => {
    const ofRates = ['prefixHitRate', 'regret', 'hitRate'];
    expect(plotsIn(reportPage(sampleResults(), noScript))).toEqual(ofRates);
    const ofTiers = ['timeToFirstToken', 'stall', 'readBytes', 'writtenBytes', 'traffic'];
    expect(plotsIn(reportPage(sampleOfTiers(), noScript))).toEqual([...ofRates, ...ofTiers]);
  });

  it('has a script that ends at no other place than its end', () => {
    expect(reportScript()).not.toMatch(/<\/script|<!--/i);
    expect(reportScript()).toContain('Apache ECharts');
    expect(reportScript()).toContain('BSD 3-Clause License');
  });
});

describe('the table of a report', () => {
  it('goes by capacity, then by prefix hits, and leaves out columns without a value', () => {
    const table = reportTable([oneRun('b', 0.2), oneRun('a', 0.3), { ...oneRun('c', 0.9), capacity: 5 }]);
    expect([...table.matchAll(/<th scope="row"[^>]*>(\w+)/g)].map(([, name]) => name)).toEqual([
      'c',
      'a',
      'b',
    ]);
    expect([...table.matchAll(/<button[^>]*>([^<]+)/g)].map(([, name]) => name)).toEqual([
      'policy',
      'capacity (blocks)',
      'prefix hit rate',
    ]);
  });

  it('takes for the best those with most prefix hits at a capacity, but no line to measure by', () => {
    const runs = [oneRun('a', 0.3), oneRun('b', 0.3), oneRun('c', 0.2), oneRun('optimum', 0.4)];
    expect([...bestRuns(runs)].map(({ policy }) => policy)).toEqual(['a', 'b']);
  });
});

describe('the line of the optimum', () => {
  it('is that of its own runs', () => {
    expect(optimumRates([{ ...oneRun('lru', 0.2), regret: 0.9 }, oneRun('optimum', 0.4)])).toEqual(
      new Map([[10, 0.4]]),
    );
    expect(optimumRates([oneRun('optimum', 0.4), { ...oneRun('lru', 0.2), regret: 0.9 }])).toEqual(
      new Map([[10, 0.4]]),
    );
  });

  it('follows from the regret of others where it has none', () => {
    expect(optimumRates([{ ...oneRun('lru', 0.2), regret: 0.5 }])).toEqual(new Map([[10, 0.4]]));
    expect(optimumRates([oneRun('lru', 0.2), { ...oneRun('bad', 0), regret: 1 }])).toEqual(new Map());
  });
});

describe('names and axes', () => {
  it('call a policy of a user by its file', () => {
    expect(policyLabel('./lab/my-policy.ts')).toBe('my-policy.ts');
    expect(policyLabel('C:\\lab\\my-policy.js')).toBe('my-policy.js');
    expect(policyLabel('toString')).toBe('toString');
    expect(policyLabel('optimum')).toBe('strict-prefix optimum');
  });

  it('give bytes at most six ticks, round in binary units, that reach the most', () => {
    expect(byteAxis(600 * 2 ** 30)).toEqual({ interval: 100 * 2 ** 30, max: 600 * 2 ** 30 });
    expect(byteAxis(0)).toEqual({ interval: 1, max: 1 });
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2 ** 60, noNaN: true }), (most) => {
        const { interval, max } = byteAxis(most);
        expect(max).toBeGreaterThanOrEqual(most);
        expect(max / interval).toBeLessThanOrEqual(6);
        expect(max - most).toBeLessThan(interval);
      }),
    );
  });
});

function oneRun(policy: string, prefixHitRate = 0.25): SimRun {
  return { policy, capacity: 10, prefixHitRate };
}
