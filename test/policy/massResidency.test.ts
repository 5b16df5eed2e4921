import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MassResidency } from '../../src/policy/massResidency.js';
import type { ResidencyPolicy } from '../../src/policy/policy.js';
import { policyContract } from '../contract/policyContract.js';
import { emptyColumns, type WriteBlock } from './policyFixtures.js';
import { orderedReference } from './queueReference.js';

const never = (): boolean => false;

/** What a key's page gets at its n-th use: some are never weighed, others change. */
const massAt = (key: number, use: number): number => (key % 5 === 0 ? -1 : ((key * 7 + use * 3) % 11) / 11);

function writer(): WriteBlock {
  const uses = new Map<number, number>();
  return (columns, handle, key) => {
    const use = uses.get(key) ?? 0;
    uses.set(key, use + 1);
    columns.mass[handle] = massAt(key, use);
  };
}

/** All that is in, sorted anew for every question: the lightest first, of equals the newest. */
function lightestFirst() {
  const uses = new Map<number, number>();
  const kept: { readonly key: number; mass: number }[] = [];
  const weigh = (key: number) => {
    const use = uses.get(key) ?? 0;
    uses.set(key, use + 1);
    const mass = massAt(key, use);
    return mass < 0 ? Number.POSITIVE_INFINITY : mass;
  };
  const order = () =>
    kept.toSorted((a, b) => (a.mass === b.mass ? 0 : a.mass - b.mass)).map(({ key }) => key);
  return orderedReference(order, {
    insert: (key) => void kept.unshift({ key, mass: weigh(key) }),
    access: (key) => {
      kept.find((page) => page.key === key)!.mass = weigh(key);
    },
    remove: (key) =>
      void kept.splice(
        kept.findIndex((page) => page.key === key),
        1,
      ),
  });
}

policyContract(
  'mass residency',
  (columns, capacity) => new MassResidency(columns, capacity),
  lightestFirst,
  writer,
);

describe('mass residency', () => {
  function weighed(...masses: readonly number[]): {
    policy: ResidencyPolicy;
    set(page: number, mass: number): void;
  } {
    const columns = emptyColumns(16);
    const policy = new MassResidency(columns, 16);
    masses.forEach((mass, page) => {
      columns.mass[page] = mass;
      policy.insert(page);
    });
    const set = (page: number, mass: number) => {
      columns.mass[page] = mass;
    };
    return { policy, set };
  }

  it('lets in what got more than the lightest that may go, or where there is room', () => {
    const { policy, set } = weighed(0.3, 0.1, 0.2);
    set(7, 0.15);
    expect(policy.admit(7, 0, never)).toBe('admit');
    expect(policy.admit(7, 0, (page) => page === 1)).toBe('stream');
    expect(policy.admit(7, 0, () => true)).toBe('stream');
    set(7, 0.1);
    expect(policy.admit(7, 0, never)).toBe('stream');
    expect(policy.admit(7, 1, () => true)).toBe('admit');
    // Asking changes nothing.
    expect(policy.evict(3, never)).toEqual({ kind: 'victims', handles: [1, 2, 0] });
  });

  it('knows a change of weight from the next use on', () => {
    const { policy, set } = weighed(0.3, 0.1);
    set(0, 0.05);
    policy.access(0);
    expect(policy.evict(1, never)).toEqual({ kind: 'victims', handles: [0] });
  });

  it("gives a page that was never weighed nobody else's place, and its own to nobody that has less than it", () => {
    const { policy, set } = weighed(0.3, -1);
    set(7, -1);
    expect(policy.admit(7, 0, never)).toBe('stream');
    set(7, 0.9);
    expect(policy.admit(7, 0, (page) => page === 0)).toBe('stream');
    expect(policy.evict(2, never)).toEqual({ kind: 'victims', handles: [0, 1] });
  });

  it('gives up what nobody reads before anything else, the longest unread first', () => {
    const { policy, set } = weighed(0.9, 0.1, 0.8, 0.2);
    policy.setNeeded(2, false);
    policy.setNeeded(0, false);
    set(7, 0);
    expect(policy.admit(7, 0, never)).toBe('admit');
    expect(policy.evict(3, never)).toEqual({ kind: 'victims', handles: [2, 0, 1] });
    policy.setNeeded(3, false);
    policy.setNeeded(3, true);
    expect(policy.admit(7, 0, never)).toBe('stream');
  });

  /** A share of the pages is chosen in each step, some more often than others. */
  function hits(
    policy: ResidencyPolicy,
    mass: Float32Array,
    slots: number,
    chosen: readonly (readonly number[])[],
  ) {
    const resident = new Set<number>();
    let found = 0;
    for (const step of chosen) {
      for (const page of step) {
        if (resident.has(page)) found += 1;
        else if (policy.admit(page, slots - resident.size, never) === 'admit') {
          if (resident.size === slots) {
            const eviction = policy.evict(1, never);
            if (eviction.kind === 'victims') for (const victim of eviction.handles) resident.delete(victim);
          }
          resident.add(page);
          policy.insert(page);
        }
      }
      for (let page = 0; page < mass.length; page += 1) {
        const share = step.includes(page) ? 1 / step.length : 0;
        mass[page] = mass[page]! < 0 ? share : mass[page]! + (share - mass[page]!) / 16;
        if (resident.has(page)) policy.access(page);
      }
    }
    return found;
  }

  it('comes to keep the pages that are chosen often, whichever came first', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(19), { minLength: 4, maxLength: 4 }), (often) => {
        const columns = emptyColumns(20);
        // Every step reads the four, and two others in turn.
        const steps = Array.from({ length: 200 }, (_, step) => [
          ...[step % 20, (step + 10) % 20].filter((page) => !often.includes(page)),
          ...often,
        ]);
        const found = hits(new MassResidency(columns, 4), columns.mass, 4, steps);
        expect(found).toBeGreaterThan(0.9 * 4 * 200);
      }),
      { numRuns: 50 },
    );
  });
});
