import { describe, expect, it } from 'vitest';
import { guardedRetention } from '../../src/policy/guardedRetention.js';
import { LruRetention } from '../../src/policy/lruRetention.js';
import type { Eviction, RetentionFactory, RetentionPolicy } from '../../src/policy/policy.js';
import { emptyColumns } from './policyFixtures.js';

const columns = emptyColumns(1024);

/** LRU, with one method in place of its own. */
function guarded(changed: Partial<Record<keyof RetentionPolicy, unknown>>): RetentionPolicy {
  const lru = new LruRetention();
  const policy = {
    insert: (handle: number) => lru.insert(handle),
    access: (handle: number) => lru.access(handle),
    remove: (handle: number) => lru.remove(handle),
    evict: (count: number, isProtected: (handle: number) => boolean) => lru.evict(count, isProtected),
    resize: () => {},
    ...changed,
  };
  const factory = (() => policy) as RetentionFactory; // what a user's module makes may be anything
  return guardedRetention('./mine.ts', factory)(columns, 4);
}

const free = (): boolean => false;
const gives = (...handles: number[]) => guarded({ evict: (): Eviction => ({ kind: 'victims', handles }) });

describe('the guard of a policy that is not ours', () => {
  it('lets a good policy do its work', () => {
    const policy = guarded({});
    for (const handle of [3, 1, 700]) policy.insert(handle);
    policy.access(3);
    expect(policy.evict(1, (handle) => handle === 1)).toEqual({ kind: 'victims', handles: [700] });
    policy.remove(1);
    expect(policy.evict(2, free)).toEqual({ kind: 'none' });
    expect(policy.evict(1, free)).toEqual({ kind: 'victims', handles: [3] });
  });

  it('names the policy and the call that threw', () => {
    const throws = (): never => {
      throw new Error('oops');
    };
    expect(() => guarded({ insert: throws }).insert(2)).toThrow(
      /^policy \.\/mine\.ts: insert\(2\) threw: oops$/,
    );
    expect(() => guarded({ evict: throws }).evict(1, free)).toThrow(/evict\(1\) threw: oops/);
    expect(() => guardedRetention('x', throws)(columns, 1)).toThrow(/policy x: its factory threw: oops/);
  });

  it.each([
    ['too few', [1], 2, /evict\(2\) gave 1 victims/],
    ['too many', [1, 2], 1, /evict\(1\) gave 2 victims/],
    ['one that is not in', [9], 1, /gave handle 9, which is not in/],
    ['one twice', [1, 1], 2, /gave handle 1, which is not in/],
    ['a protected one', [2], 1, /gave handle 2, which is protected/],
    ['what is no handle', [0.5], 1, /gave handle 0\.5, which is not in/],
  ])('refuses %s', (_name, handles, count, message) => {
    const policy = gives(...handles);
    for (const handle of [1, 2]) policy.insert(handle);
    expect(() => policy.evict(count, (handle) => handle === 2 && count === 1)).toThrow(message);
  });

  it('refuses none where enough may go, and answers that are none', () => {
    const stingy = guarded({ evict: () => ({ kind: 'none' }) });
    stingy.insert(1);
    expect(() => stingy.evict(1, free)).toThrow(/evict\(1\) gave none, though 1 blocks may go/);
    expect(stingy.evict(1, () => true)).toEqual({ kind: 'none' });
    expect(() => guarded({ evict: () => undefined }).evict(1, free)).toThrow(/gave neither victims nor none/);
    expect(() => guarded({ resize: undefined })).toThrow(/has no method resize/);
  });
});
