import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hostIdentity, isSameHost } from '../../src/memory/hostIdentity.js';

it('knows its own host and user, and no other', () => {
  const { bootId, uid } = hostIdentity();
  expect(bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  expect(isSameHost({ bootId, uid: process.getuid!() })).toBe(true);
  expect(isSameHost({ bootId, uid: uid + 1 })).toBe(false);
  expect(isSameHost({ bootId: bootId.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')), uid })).toBe(
    false,
  );
  expect(isSameHost({ bootId: '', uid })).toBe(false);
});
