import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BlockKey, blockKeysOf, packBlockKeys, unpackBlockKeys } from '../../src/core/blockKey.js';
import { fingerprintOf, namespaceOf, rootKeyOf } from '../../src/core/namespace.js';
import { pageKey } from '../../src/core/pageId.js';

const root = 'ab'.repeat(32) as BlockKey;
const tokens = Array.from({ length: 70 }, (_, index) => index * 3);

describe('block keys', () => {
  it('are SHA-256 over the parent and the ids as little-endian uint32', () => {
    const ids = Buffer.alloc(16 * 4);
    tokens.slice(0, 16).forEach((token, index) => {
      ids.writeUInt32LE(token, index * 4);
    });
    const expected = createHash('sha256').update(Buffer.from(root, 'hex')).update(ids).digest('hex');
    expect(blockKeysOf(root, tokens, 16)[0]).toBe(expected);
  });

  it('cover whole blocks only, and change from the changed token on', () => {
    const keys = blockKeysOf(root, tokens, 16);
    const changed = blockKeysOf(root, tokens.with(33, 7), 16);
    expect(keys).toHaveLength(4);
    expect(changed.slice(0, 2)).toEqual(keys.slice(0, 2));
    expect(changed[2]).not.toBe(keys[2]);
    expect(changed[3]).not.toBe(keys[3]);
  });

  it('travel as 32 bytes each', () => {
    const keys = blockKeysOf(root, tokens, 16);
    expect(packBlockKeys(keys)).toHaveLength(128);
    expect(unpackBlockKeys(packBlockKeys(keys))).toEqual(keys);
  });

  it('name a page together with its layer', () => {
    expect(pageKey({ block: root, layer: 258 }).toString('hex')).toBe(`${root}0102`);
  });
});

describe('root keys', () => {
  const digest = { name: 'w', dtype: 'F32', shape: [2, 2], sha256: '00'.repeat(32) };
  const geometry = {
    layers: [{ kind: 'full', rope: true }],
    kvHeads: 1,
    headDim: 16,
    dtype: 'f32',
    blockTokens: 16,
    layoutVersion: 1,
  } as const;
  const namespace = namespaceOf(fingerprintOf({ a: 1 }, [digest]), geometry);
  const secret = Buffer.from('secret');

  it('differ by secret, tenant, model and geometry', () => {
    const others = [
      rootKeyOf(Buffer.from('Secret'), 'a', namespace),
      rootKeyOf(secret, 'b', namespace),
      rootKeyOf(secret, 'a', namespaceOf(fingerprintOf({ a: 2 }, [digest]), geometry)),
      rootKeyOf(secret, 'a', namespaceOf(fingerprintOf({ a: 1 }, [{ ...digest, sha256: '11' }]), geometry)),
      rootKeyOf(secret, 'a', namespaceOf(fingerprintOf({ a: 1 }, [digest]), { ...geometry, dtype: 'f16' })),
    ];
    expect(new Set([rootKeyOf(secret, 'a', namespace), ...others]).size).toBe(6);
  });

  it('do not depend on the order of tensors or of config keys', () => {
    const second = { ...digest, name: 'a' };
    expect(fingerprintOf({ x: 1, y: { b: 1, a: 2 } }, [digest, second])).toBe(
      fingerprintOf({ y: { a: 2, b: 1 }, x: 1 }, [second, digest]),
    );
  });
});
