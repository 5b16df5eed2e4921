import { createHmac } from 'node:crypto';
import type { BlockKey } from './blockKey.js';
import { KvError } from './errors.js';
import { KeySeal, markOfKey, tenantMark } from './keySeal.js';

/** A key that a tenant's pages on disk are encrypted with. */
export interface TenantCipherKey {
  /** Stands in records, from 1 on: another key has another. */
  readonly id: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface TenantEntry {
  readonly name: string;
  readonly secret: Uint8Array;
  /** Bytes of pages in one worker; null: no bound of its own. */
  readonly bytesMax: number | null;
  /** Calls and pages, at each server; null: no bound of its own. */
  readonly requestsPerSecond: number | null;
  /** Requests at once. */
  readonly requestBurst: number;
  /** The first one writes, all of them read; none: pages lie on disk as they are. */
  readonly cipherKeys: readonly TenantCipherKey[];
}

/** Makes the keys of a tenant, and tells them from all others. */
export type TenantSeal = Pick<KeySeal, 'owns' | 'seal'>;

/** A tenant of the cluster, and what proves its keys. */
export interface KnownTenant extends TenantEntry {
  readonly mark: number;
  readonly seal: TenantSeal;
  /** The servers themselves, which move the blocks of all. */
  readonly isServer: boolean;
}

/** Tenants that one cluster serves at most: every server keeps figures of each. */
const tenantsMax = 4096;

/** The tenants that a cluster serves. Says whose a block key is from the key alone. */
export class TenantTable {
  readonly #byName = new Map<string, KnownTenant>();
  readonly #byMark = new Map<number, KnownTenant>();
  readonly #servers: KnownTenant | null = null;

  /** In whose name servers call each other, known to whoever has their secret; null where the file has none. */
  readonly serverName: string | null = null;

  /**
   * @param serversSecret what only servers and operators know; null: blocks move in the names of tenants alone.
   * @throws KvError `invalid` for a name given twice, two names whose marks are equal, or too many.
   */
  constructor(entries: readonly TenantEntry[], serversSecret: Uint8Array | null = null) {
    if (entries.length > tenantsMax) {
      throw new KvError('invalid', `${entries.length} tenants are too many: a cluster serves ${tenantsMax}`);
    }
    for (const entry of entries) {
      const mark = tenantMark(entry.name);
      const same = this.#byName.get(entry.name) ?? this.#byMark.get(mark);
      if (same !== undefined) {
        const why =
          same.name === entry.name ? 'is named twice' : `cannot stand beside "${same.name}"; rename it`;
        throw new KvError('invalid', `tenant "${entry.name}" ${why}`);
      }
      const seal = new KeySeal(entry.secret, entry.name);
      const known = { ...entry, mark, seal, isServer: false };
      this.#byName.set(entry.name, known);
      this.#byMark.set(mark, known);
    }
    if (serversSecret === null) return;
    const proof = createHmac('sha256', serversSecret).update('kvtide servers').digest('hex');
    this.serverName = `servers ${proof}`;
    this.#servers = this.#serverTenant(serversSecret);
  }

  get all(): Iterable<KnownTenant> {
    return this.#byName.values();
  }

  /** @throws KvError `denied` for one that is not served. */
  get(name: string): KnownTenant {
    const known = name === this.serverName ? this.#servers : this.#byName.get(name);
    if (known != null) return known;
    throw new KvError(
      'denied',
      `tenant "${name.slice(0, 64)}" is not served here; name one of the cluster's tenants`,
    );
  }

  /** Who the key says that it belongs to. Nothing is proven: for keys that were verified when they came. */
  markedBy(key: BlockKey): KnownTenant | undefined {
    return this.#byMark.get(markOfKey(key));
  }

  #serverTenant(secret: Uint8Array): KnownTenant {
    const seal: TenantSeal = {
      owns: (key) => this.markedBy(key)?.seal.owns(key) === true,
      seal: () => {
        throw new KvError('denied', 'servers have no blocks of their own; open sequences as a tenant');
      },
    };
    const unbounded = { bytesMax: null, requestsPerSecond: null, requestBurst: 1, cipherKeys: [] };
    return { ...unbounded, name: 'servers', secret, mark: tenantMark('servers'), seal, isServer: true };
  }
}
