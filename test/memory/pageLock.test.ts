import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MappedSlab } from '../../src/memory/mappedSlab.js';
import { lockLimitBytes, lockPages } from '../../src/memory/pageLock.js';

describe('lockPages', () => {
  it('locks what the limit allows, and the kernel counts it', () => {
    const slab = MappedSlab.create(64 * 1024);
    const before = lockedKib();
    expect(lockPages(slab)).toEqual({ kind: 'locked' });
    expect(lockedKib() - before).toBe(64);
    slab.close();
    expect(lockedKib()).toBe(before);
  });

  it('says what was needed and what is allowed where the system refuses', () => {
    const slab = MappedSlab.create(4096);
    slab.close(); // mlock of memory that is not mapped fails under any limit, for root too
    const outcome = lockPages(slab);
    expect(outcome).toMatchObject({ kind: 'refused', neededBytes: 4096 });
    expect(outcome.kind === 'refused' && outcome.reason).toMatch(
      /^4 KiB are needed and the limit on locked memory is .+; raise it with ulimit -l 4$/,
    );
  });
});

it('reads the soft limit', () => {
  const line = (soft: string): string => `Max processes 1 2\nMax locked memory     ${soft}   9   bytes\n`;
  expect(lockLimitBytes(line('8388608'))).toBe(8388608);
  expect(lockLimitBytes(line('unlimited'))).toBe(Number.POSITIVE_INFINITY);
});

function lockedKib(): number {
  return Number(/^VmLck:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
