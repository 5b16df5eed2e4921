import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type BlockKey, blockKeyToBytes } from './blockKey.js';

/**
 * A sealed block key has the length of a plain one: 20 bytes of SHA-256 over the parent's key and the block's
 * token ids, 4 that say whose it is, 8 that prove it to whoever has the tenant's secret.
 */
const digestBytes = 20;
const markBytes = 4;
const provenBytes = digestBytes + markBytes;
const tagBytes = 8;

/** Says whose a key is, and proves nothing: no two tenants of a cluster may have the same. */
export function tenantMark(tenant: string): number {
  return createHash('sha256').update(`kvtide tenant\0${tenant}`).digest().readUInt32BE(0);
}

/** The mark that stands in a key. */
export function markOfKey(key: BlockKey): number {
  return Number.parseInt(key.slice(2 * digestBytes, 2 * provenBytes), 16);
}

/** Makes and verifies the block keys of one tenant. */
export class KeySeal {
  readonly #mark: Buffer;
  readonly #tagKey: Buffer;

  /** @param secret what only the tenant and the servers know. */
  constructor(secret: Uint8Array, tenant: string) {
    this.#tagKey = createHmac('sha256', secret).update(`kvtide block tag\0${tenant}`).digest();
    this.#mark = Buffer.alloc(markBytes);
    this.#mark.writeUInt32BE(tenantMark(tenant));
  }

  /** The tenant's key of a block whose plain key is `plain`. */
  seal(plain: BlockKey): BlockKey {
    const proven = Buffer.concat([blockKeyToBytes(plain).subarray(0, digestBytes), this.#mark]);
    return Buffer.concat([proven, this.#tag(proven)]).toString('hex') as BlockKey;
  }

  /** Whether the tenant's secret has made the key. Takes as long for every key that names the tenant. */
  owns(key: BlockKey): boolean {
    const bytes = blockKeyToBytes(key);
    const isMarked = bytes.subarray(digestBytes, provenBytes).equals(this.#mark);
    const isProven = timingSafeEqual(
      this.#tag(bytes.subarray(0, provenBytes)),
      bytes.subarray(provenBytes, provenBytes + tagBytes),
    );
    return isMarked && isProven;
  }

  #tag(proven: Uint8Array): Buffer {
    return createHmac('sha256', this.#tagKey).update(proven).digest().subarray(0, tagBytes);
  }
}
