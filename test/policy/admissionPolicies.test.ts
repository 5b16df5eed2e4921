import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionPolicies } from '../../src/policy/admissionPolicies.js';
import type { AdmissionPolicy } from '../../src/policy/policy.js';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import { keyedColumns } from './policyFixtures.js';

type Operation =
  | { readonly kind: 'asked' | 'admit' | 'left'; readonly handle: number }
  | { readonly kind: 'resize'; readonly capacity: number };

const handles = 40;
const handle = fc.oneof(fc.nat(5), fc.nat(handles - 1));
const capacity = fc.integer({ min: 1, max: 24 });
const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constantFrom('asked' as const, 'admit' as const), handle }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('left' as const), handle }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), capacity }) },
  ),
  { maxLength: 300, size: 'max' },
);

/** Plays the calls against both; every answer is the twin's, with room and without. */
function compare(policy: AdmissionPolicy, twin: AdmissionPolicy, acts: readonly Operation[]): void {
  for (const act of acts) {
    if (act.kind === 'resize') {
      policy.resize(act.capacity);
      twin.resize(act.capacity);
    } else if (act.kind === 'admit') {
      for (const hasRoom of [true, false])
        expect(policy.admit(act.handle, hasRoom)).toBe(twin.admit(act.handle, hasRoom));
    } else {
      policy[act.kind](act.handle);
      twin[act.kind](act.handle);
    }
  }
}

/** Keys in the order of their last use, as many as fit, and whether each came twice. */
function secondTouchTwin(startCapacity: number): AdmissionPolicy {
  let seen: { readonly handle: number; readonly twice: boolean }[] = [];
  let fit = startCapacity;
  return {
    asked: (asked) => {
      const twice = seen.some((one) => one.handle === asked);
      seen = [...seen.filter((one) => one.handle !== asked), { handle: asked, twice }].slice(-fit);
    },
    admit: (asked) => (seen.some((one) => one.handle === asked && one.twice) ? 'admit' : 'refuse'),
    left: () => {},
    resize: (to) => {
      fit = to;
      seen = seen.slice(-fit);
    },
  };
}

/**
 * Exact counts, against the mean worth of all that left. Few are asked for, and the tier is large: the sketch neither
 * halves, nor do keys meet in it.
 */
function worthTwin(weightOf: (handle: number) => number): AdmissionPolicy {
  const counts = new Map<number, number>();
  const departed: number[] = [];
  const worthOf = (one: number) => Math.min(15, counts.get(one) ?? 0) * weightOf(one);
  return {
    asked: (asked) => void counts.set(asked, (counts.get(asked) ?? 0) + 1),
    admit: (offered, hasRoom) => {
      if (weightOf(offered) === 0) return 'refuse';
      const sum = departed.reduce((all, worth) => all + worth, 0);
      return hasRoom || worthOf(offered) * Math.max(1, departed.length) > sum ? 'admit' : 'refuse';
    },
    left: (gone) => void departed.push(worthOf(gone)),
    resize: () => {},
  };
}

const columns = keyedColumns(handles);
const large = 4096;

describe('admission', () => {
  it('by second touch is that of a list of what was asked for', () => {
    fc.assert(
      fc.property(capacity, operations, (fit, acts) => {
        compare(admissionPolicies['second-touch'](columns, fit), secondTouchTwin(fit), acts);
      }),
    );
  });

  const calls = operations.map((acts) => acts.filter(({ kind }) => kind !== 'resize'));

  it('by TinyLFU is that of exact counts against the mean of what left', () => {
    fc.assert(
      fc.property(calls, (acts) => {
        compare(
          admissionPolicies.tinylfu(columns, large),
          worthTwin(() => 1),
          acts,
        );
      }),
    );
  });

  it('by benefit weighs the counts by what a byte saves, and refuses what saves nothing', () => {
    // Whole numbers, so that sums are exact: a byte saves 1, 2 or 3 ms, or loading takes longer than computing.
    const saves = (of: number): number => of % 4;
    const priced: PolicyColumns = {
      ...columns,
      bytes: new Uint32Array(handles).fill(2),
      loadMs: new Float32Array(handles).fill(4),
      recomputeMs: Float32Array.from({ length: handles }, (_, of) =>
        saves(of) === 0 ? 3 : 4 + 2 * saves(of),
      ),
    };
    fc.assert(
      fc.property(calls, (acts) => {
        compare(admissionPolicies.benefit(priced, large), worthTwin(saves), acts);
      }),
    );
    const unknown = { ...priced, recomputeMs: new Float32Array(handles) };
    const policy = admissionPolicies.benefit(unknown, large);
    policy.asked(0);
    expect(policy.admit(0, true)).toBe('admit');
  });

  it('by TinyLFU comes to admit again after everything in the tier grew old', () => {
    const policy = admissionPolicies.tinylfu(columns, 8);
    for (let use = 0; use < 12; use += 1) policy.asked(0);
    for (let departure = 0; departure < 8; departure += 1) policy.left(0);
    policy.asked(1);
    expect(policy.admit(1, false)).toBe('refuse');
    let asked = 1;
    for (; policy.admit(1, false) === 'refuse' && asked < 1000; asked += 1) policy.asked(asked % handles);
    expect(asked).toBeLessThan(1000);
  });

  it('is all there is by the name always', () => {
    const policy = admissionPolicies.always();
    expect([policy.admit(3, false), policy.admit(4, true)]).toEqual(['admit', 'admit']);
  });
});
