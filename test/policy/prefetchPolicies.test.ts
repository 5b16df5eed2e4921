import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefetchPolicies, prefetchPolicyNames } from '../../src/policy/prefetchPolicies.js';

describe('prefetch policies', () => {
  it('do each what those before them do, and more', () => {
    const all = prefetchPolicyNames.map((name) => prefetchPolicies[name]());
    expect(all.map(({ layersAhead }) => layersAhead > 0)).toEqual([false, true, true, true]);
    expect(all.map(({ bringsQueued }) => bringsQueued)).toEqual([false, false, true, true]);
    expect(all.map(({ expectsTurns }) => expectsTurns)).toEqual([false, false, false, true]);
    for (const policy of all) for (let turn = 0; turn < 20; turn += 1) policy.followed(100);
    expect(all.map((policy) => policy.ended())).toEqual([null, null, null, 90]);
  });
});

describe('follow-up', () => {
  it('waits until it has seen a few turns follow each other', () => {
    const policy = prefetchPolicies['follow-up']();
    for (const gap of [400, 300, 200]) policy.followed(gap);
    expect(policy.ended()).toBeNull();
    policy.followed(100);
    expect(policy.ended()).toBe(90);
  });

  it('prepares for no turn where few follow, and does again where more do', () => {
    const policy = prefetchPolicies['follow-up']();
    for (let turn = 0; turn < 8; turn += 1) policy.followed(50);
    const before = Array.from({ length: 100 }, () => policy.ended());
    expect(before.slice(0, 32)).toEqual(new Array(32).fill(45));
    expect(before.slice(32)).toEqual(new Array(68).fill(null));
    for (let turn = 0; turn < 40; turn += 1) policy.followed(70);
    expect(policy.ended()).toBe(45);
  });

  it('knows the last 64 gaps alone, and answers somewhat less than what one in ten of them is below', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 4, maxLength: 200 }), (gaps) => {
        const policy = prefetchPolicies['follow-up']();
        for (const gap of gaps) policy.followed(gap);
        const known = gaps.slice(-64).toSorted((a, b) => a - b);
        const answer = Math.round(policy.ended()! / 0.9);
        expect(known.filter((gap) => gap < answer).length).toBeLessThanOrEqual(known.length / 10);
        expect(known.filter((gap) => gap <= answer).length).toBeGreaterThan(known.length / 10);
      }),
    );
  });

  it('answers for times twice as long twice as much', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 4, maxLength: 80 }), (gaps) => {
        const [one, two] = [prefetchPolicies['follow-up'](), prefetchPolicies['follow-up']()];
        for (const gap of gaps) {
          one.followed(gap);
          two.followed(2 * gap);
        }
        expect(two.ended()).toBe(2 * one.ended()!);
      }),
    );
  });
});
