import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { BlockKey } from '../core/blockKey.js';
import type { TenantTable } from '../core/tenantTable.js';
import { codecSliceBytes, type NextTurn } from './codec/pageCodec.js';
import type { PageCipherName } from './pageHeader.js';

const algorithm = 'aes-256-gcm';
/** Random: 2^32 records under one key are as many as its collisions allow (NIST SP 800-38D). */
const nonceBytes = 12;
const tagBytes = 16;

/** What encryption adds to a payload: the nonce before it, the tag behind it. */
export const cipherBytes = nonceBytes + tagBytes;

/** Encrypts payloads of one tenant with one of its keys: AES-256-GCM, a new nonce for each record. */
export class PageCipher {
  readonly name: PageCipherName;
  readonly #key: Uint8Array;

  /** @param key 32 bytes. */
  constructor(name: PageCipherName, key: Uint8Array) {
    this.name = name;
    this.#key = key;
  }

  /**
   * @param about what the payload belongs to; it decrypts with the same alone.
   * @param into as long as the parts and `cipherBytes`.
   */
  async encrypt(
    parts: readonly Uint8Array[],
    about: readonly Uint8Array[],
    into: Uint8Array,
    nextTurn: NextTurn,
  ): Promise<void> {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    cipher.setAAD(Buffer.concat(about));
    into.set(nonce);
    let at = nonceBytes;
    for (const slice of slicesOf(parts)) {
      into.set(cipher.update(slice), at);
      at += slice.length;
      await nextTurn();
    }
    cipher.final();
    into.set(cipher.getAuthTag(), at);
  }

  /**
   * @param into as long together as what was encrypted.
   * @returns false when the key, what it belongs to, or a bit is another; what is in `into` then means nothing.
   */
  async decrypt(
    from: Uint8Array,
    about: readonly Uint8Array[],
    into: readonly Uint8Array[],
    nextTurn: NextTurn,
  ): Promise<boolean> {
    const decipher = createDecipheriv(algorithm, this.#key, from.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.concat(about));
    decipher.setAuthTag(from.subarray(from.length - tagBytes));
    let at = nonceBytes;
    for (const slice of slicesOf(into)) {
      slice.set(decipher.update(from.subarray(at, at + slice.length)));
      at += slice.length;
      await nextTurn();
    }
    try {
      decipher.final();
      return true;
    } catch {
      return false;
    }
  }
}

/** What the pages of a worker are encrypted with on disk. */
export interface PageCiphers {
  /** All that records may have been written with. */
  readonly all: readonly PageCipher[];
  /** What writes a page of the block; null: it is written as it is. */
  of(block: BlockKey): PageCipher | null;
}

export const noCiphers: PageCiphers = { all: [], of: () => null };

export function pageCiphersOf(table: TenantTable): PageCiphers {
  const all: PageCipher[] = [];
  const writing = new Map<number, PageCipher>();
  for (const { mark, cipherKeys } of table.all) {
    const own = cipherKeys.map(({ id, key }) => new PageCipher({ tenant: mark, keyId: id }, key));
    all.push(...own);
    if (own[0] !== undefined) writing.set(mark, own[0]);
  }
  if (all.length === 0) return noCiphers;
  return {
    all,
    of: (block) => {
      const tenant = table.markedBy(block);
      return (tenant && writing.get(tenant.mark)) ?? null;
    },
  };
}

function* slicesOf(parts: readonly Uint8Array[]): Iterable<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += codecSliceBytes) yield part.subarray(at, at + codecSliceBytes);
  }
}
