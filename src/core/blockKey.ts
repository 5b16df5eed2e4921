import { createHash } from 'node:crypto';

declare const brand: unique symbol;

/** 64 hex digits: SHA-256 over the parent's key and the block's token ids. */
export type BlockKey = string & { readonly [brand]: 'BlockKey' };

export const blockKeyBytes = 32;

export function blockKeyFromBytes(bytes: Uint8Array): BlockKey {
  return Buffer.from(bytes.buffer, bytes.byteOffset, blockKeyBytes).toString('hex') as BlockKey;
}

export function blockKeyToBytes(key: BlockKey): Buffer {
  return Buffer.from(key, 'hex');
}

/** What makes keys ones that servers can tell to be their tenant's: `KeySeal`. */
export interface Sealing {
  seal(plain: BlockKey): BlockKey;
}

/**
 * The key of the block that follows `parent` and holds exactly `tokens` (ids below 2^32, hashed as
 * little-endian uint32). The first block's parent is the root key of the namespace.
 * @param sealing where the cluster wants keys with proof; null for plain ones.
 */
export function nextBlockKey(
  parent: BlockKey,
  tokens: ArrayLike<number>,
  sealing: Sealing | null = null,
): BlockKey {
  const ids = Uint32Array.from(tokens);
  const hash = createHash('sha256').update(blockKeyToBytes(parent));
  const plain = hash.update(new Uint8Array(ids.buffer)).digest('hex') as BlockKey;
  return sealing === null ? plain : sealing.seal(plain);
}

/** The keys of all whole blocks of `tokens`, in order. */
export function blockKeysOf(
  root: BlockKey,
  tokens: readonly number[] | Uint32Array,
  blockTokens: number,
  sealing: Sealing | null = null,
): BlockKey[] {
  const keys: BlockKey[] = [];
  let parent = root;
  for (let end = blockTokens; end <= tokens.length; end += blockTokens) {
    parent = nextBlockKey(parent, tokens.slice(end - blockTokens, end), sealing);
    keys.push(parent);
  }
  return keys;
}

/** Concatenates keys for the wire: `[keys][32]` bytes. */
export function packBlockKeys(keys: readonly BlockKey[]): Buffer {
  return Buffer.from(keys.join(''), 'hex');
}

/** Whether a text may be a block key: 64 lower-case hex digits. */
export function isBlockKey(text: string): text is BlockKey {
  return /^[0-9a-f]{64}$/.test(text);
}

export function unpackBlockKeys(bytes: Uint8Array): BlockKey[] {
  const keys: BlockKey[] = [];
  for (let at = 0; at + blockKeyBytes <= bytes.length; at += blockKeyBytes) {
    keys.push(blockKeyFromBytes(bytes.subarray(at, at + blockKeyBytes)));
  }
  return keys;
}
