import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseTable } from '../../src/transfer/leaseTable.js';

const limits = { leasesMax: 3, leaseMs: 100 };

describe('LeaseTable', () => {
  it('grants until its bound, and again once something is back', () => {
    const table = new LeaseTable<string>(limits);
    for (const lease of [1, 2, 3]) expect(table.grant(lease, `page ${lease}`, 0)).toBe('granted');
    expect(table.grant(4, 'page 4', 0)).toBe('full');
    expect(table.release(2)).toBe('page 2');
    expect(table.release(2)).toBeUndefined();
    expect(table.grant(1, 'another', 0)).toBe('taken');
    expect(table.grant(4, 'page 4', 0)).toBe('granted');
    expect(table.endAll()).toEqual(['page 1', 'page 3', 'page 4']);
    expect(table.size).toBe(0);
  });

  it('ends what lasted its time, and not before', () => {
    const table = new LeaseTable<string>(limits);
    table.grant(1, 'old', 0);
    table.grant(2, 'new', 50);
    expect(table.expire(99)).toEqual([]);
    expect(table.expire(100)).toEqual(['old']);
    expect(table.expire(149)).toEqual([]);
    expect(table.release(1)).toBeUndefined();
    expect(table.expire(150)).toEqual(['new']);
  });

  it('gives every loan out exactly once, however things interleave', () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant('grant' as const), lease: fc.nat(6) }),
      fc.record({ kind: fc.constant('release' as const), lease: fc.nat(6) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(120) }),
      fc.record({ kind: fc.constant('close' as const) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const table = new LeaseTable<number>(limits);
        const held = new Map<number, { loan: number; sinceMs: number }>();
        let nowMs = 0;
        let loans = 0;
        for (const one of acts) {
          if (one.kind === 'grant') {
            const wanted = held.has(one.lease)
              ? 'taken'
              : held.size === limits.leasesMax
                ? 'full'
                : 'granted';
            expect(table.grant(one.lease, loans, nowMs)).toBe(wanted);
            if (wanted === 'granted') held.set(one.lease, { loan: loans, sinceMs: nowMs });
            loans += 1;
          } else if (one.kind === 'release') {
            expect(table.release(one.lease)).toBe(held.get(one.lease)?.loan);
            held.delete(one.lease);
          } else if (one.kind === 'wait') {
            nowMs += one.ms;
            const late = [...held].filter(([, { sinceMs }]) => nowMs - sinceMs >= limits.leaseMs);
            expect([...table.expire(nowMs)].sort()).toEqual(late.map(([, { loan }]) => loan).sort());
            for (const [lease] of late) held.delete(lease);
          } else {
            expect([...table.endAll()].sort()).toEqual([...held.values()].map(({ loan }) => loan).sort());
            held.clear();
          }
          expect(table.size).toBe(held.size);
        }
      }),
    );
  });
});
