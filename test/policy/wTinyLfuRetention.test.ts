import { describe, expect, it } from 'vitest';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import { WTinyLfuRetention } from '../../src/policy/wTinyLfuRetention.js';
import { keyedColumns } from './policyFixtures.js';
import { smallTrace } from './smallTrace.js';
import { wTinyLfuReference } from './wTinyLfuReference.js';

const create = (columns: PolicyColumns, capacity: number) => new WTinyLfuRetention(columns, capacity);

describe('W-TinyLFU', () => {
  it('chooses as three arrays do when all is full and the window holds more than one', () => {
    const capacity = 500;
    const columns = keyedColumns(2000);
    const policy = create(columns, capacity);
    const reference = wTinyLfuReference(capacity);
    const held = new Set<number>();
    for (const [at, block] of smallTrace.entries()) {
      const handle = (3 * block + (at % 7) * 40) % 2000;
      if (held.has(handle)) {
        policy.access(handle);
        reference.access(handle);
        continue;
      }
      if (held.size === capacity) {
        const count = 1 + (at % 3);
        const isProtected = (other: number) => other % 5 === 0;
        const handles = Array.from({ length: count }, () => reference.evict(isProtected));
        expect(policy.evict(count, isProtected)).toEqual({ kind: 'victims', handles });
        for (const victim of handles) held.delete(victim);
      }
      held.add(handle);
      policy.insert(handle);
      reference.insert(handle);
    }
  });

  it('keeps what is used often while a scan passes through the window', () => {
    const capacity = 100;
    const columns = keyedColumns(5000);
    const policy = create(columns, capacity);
    const popular = Array.from({ length: 50 }, (_, handle) => handle);
    const gone: number[] = [];
    for (let at = 0; at < 100; at += 1) policy.insert(at);
    for (let round = 0; round < 3; round += 1) for (const handle of popular) policy.access(handle);
    for (let scanned = 100; scanned < 400; scanned += 1) {
      const eviction = policy.evict(1, () => false);
      if (eviction.kind === 'victims') gone.push(...eviction.handles);
      policy.insert(scanned);
    }
    expect(gone).toHaveLength(300);
    expect(gone.filter((handle) => popular.includes(handle))).toEqual([]);
  });
});
