import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockKey, blockKeysOf, isBlockKey, nextBlockKey } from '../../src/core/blockKey.js';
import { KeySeal, markOfKey, tenantMark } from '../../src/core/keySeal.js';
import { TenantTable } from '../../src/core/tenantTable.js';

const root = '5a'.repeat(32) as BlockKey;
const secret = fc.uint8Array({ minLength: 16, maxLength: 40 });
const name = fc.string({ minLength: 1, maxLength: 20 });
const plain = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex') as BlockKey);

const entry = (tenant: string, of: Uint8Array) => ({
  name: tenant,
  secret: of,
  bytesMax: null,
  requestsPerSecond: null,
  requestBurst: 1,
  cipherKeys: [],
});

describe('block keys with proof', () => {
  it('verify with the secret that made them and say whose they are', () => {
    fc.assert(
      fc.property(secret, name, plain, (of, tenant, key) => {
        const seal = new KeySeal(of, tenant);
        const sealed = seal.seal(key);
        expect(isBlockKey(sealed)).toBe(true);
        expect(seal.owns(sealed)).toBe(true);
        expect(sealed.slice(0, 40)).toBe(key.slice(0, 40));
        expect(markOfKey(sealed)).toBe(tenantMark(tenant));
        expect(new KeySeal(of, tenant).seal(key)).toBe(sealed);
        expect(new TenantTable([entry(tenant, of)]).markedBy(sealed)?.name).toBe(tenant);
      }),
    );
  });

  it('verify for no other tenant, with no other secret, and not with a bit changed', () => {
    fc.assert(
      fc.property(secret, secret, name, name, plain, fc.nat(255), (one, two, mine, theirs, key, bit) => {
        const sealed = new KeySeal(one, mine).seal(key);
        if (mine !== theirs) expect(new KeySeal(one, theirs).owns(sealed)).toBe(false);
        if (Buffer.compare(one, two) !== 0) expect(new KeySeal(two, mine).owns(sealed)).toBe(false);
        const bytes = Buffer.from(sealed, 'hex');
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(new KeySeal(one, mine).owns(bytes.toString('hex') as BlockKey)).toBe(false);
        expect(new KeySeal(one, mine).owns(key)).toBe(false);
      }),
    );
  });

  it('are a chain: each depends on all tokens before it, and is the same made in one go or block by block', () => {
    const seal = new KeySeal(Buffer.alloc(32, 1), 'docs');
    const tokens = Array.from({ length: 64 }, (_, at) => at);
    const keys = blockKeysOf(root, tokens, 16, seal);
    let parent = root;
    for (const [block, key] of keys.entries()) {
      parent = nextBlockKey(parent, tokens.slice(16 * block, 16 * block + 16), seal);
      expect(key).toBe(parent);
    }
    const changed = blockKeysOf(root, [7, ...tokens.slice(1)], 16, seal);
    for (const [block, key] of keys.entries()) expect(changed[block]).not.toBe(key);
    expect(keys.every((key) => seal.owns(key))).toBe(true);
  });

  it('have the values that docs/tenants.md gives', () => {
    const seal = new KeySeal(Buffer.from('0123456789abcdef'), 'docs');
    const [key] = blockKeysOf(
      root,
      Array.from({ length: 16 }, (_, at) => at),
      16,
      seal,
    );
    expect(key).toBe('942a9c2d06e29e234c9069119087be5b0088d4b9b304b6260b6af10ff3106966');
  });

  it('are of one tenant of the file: names that are given twice are refused', () => {
    const twice = [entry('docs', Buffer.alloc(16)), entry('docs', Buffer.alloc(16))];
    expect(() => new TenantTable(twice)).toThrow('tenant "docs" is named twice');
    expect(() => new TenantTable([]).get('docs')).toThrow('tenant "docs" is not served here');
  });
});
