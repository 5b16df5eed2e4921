import { type BlockKey, blockKeyBytes, blockKeyFromBytes } from './blockKey.js';
import { KvError } from './errors.js';
import type { Clock } from './ports/clock.js';
import type { KnownTenant, TenantTable } from './tenantTable.js';
import { TokenBucket } from './tokenBucket.js';

/** Why a tenant was refused, as metrics tell it. */
export type TenantRefusal = 'bytes' | 'key' | 'requests' | 'unknown';

export interface TenantObserver {
  /** @param tenant empty for one that is not served: strangers may not make up names for metrics. */
  refused(tenant: string, why: TenantRefusal): void;
}

/** Lets in whom a server serves, as often as it may, with the keys that are its own. */
export class TenantGate {
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(
    readonly table: TenantTable,
    private readonly clock: Clock,
    private readonly observer: TenantObserver,
  ) {
    for (const { name, requestsPerSecond, requestBurst } of table.all) {
      if (requestsPerSecond !== null)
        this.#buckets.set(name, new TokenBucket(requestsPerSecond, requestBurst));
    }
  }

  /** One more request. @throws KvError `denied` for a tenant that is not served, `exhausted` above its rate. */
  enter(name: string): KnownTenant {
    const tenant = this.#known(name);
    const retryAfterMs = this.delayMs(tenant);
    if (retryAfterMs === 0) return tenant;
    throw new KvError(
      'exhausted',
      `tenant "${name}" asks more than ${tenant.requestsPerSecond} times a second; try again in ${retryAfterMs} ms`,
      { context: { tenant: name, quota: 'requests', retryAfterMs } },
    );
  }

  /** One more request. @returns 0, or after how long it may be tried again. */
  delayMs({ name }: KnownTenant): number {
    const delayMs = this.#buckets.get(name)?.take(this.clock.monotonicMs()) ?? 0;
    if (delayMs > 0) this.refused(name, 'requests');
    return delayMs;
  }

  refused(tenant: string, why: TenantRefusal): void {
    this.observer.refused(tenant, why);
  }

  /** Counts a key that is not the tenant's. */
  owns(tenant: KnownTenant, key: BlockKey): boolean {
    const isOwn = tenant.seal.owns(key);
    if (!isOwn) this.refused(tenant.name, 'key');
    return isOwn;
  }

  /** Refuses keys that are not the tenant's. @param keys concatenated; other lengths are left to who reads them. */
  checkKeys(tenant: KnownTenant, keys: Uint8Array): void {
    for (let at = 0; at + blockKeyBytes <= keys.length; at += blockKeyBytes) {
      if (!this.owns(tenant, blockKeyFromBytes(keys.subarray(at, at + blockKeyBytes)))) throw notOwn(tenant);
    }
  }

  #known(name: string): KnownTenant {
    try {
      return this.table.get(name);
    } catch (thrown) {
      this.refused('', 'unknown');
      throw thrown;
    }
  }
}

/** The same for a key of another tenant and one that nobody made. */
export function notOwn({ name }: KnownTenant): KvError {
  return new KvError(
    'denied',
    `a block key is not one of tenant "${name}": make keys with the secret that the cluster has for it`,
    { context: { tenant: name } },
  );
}
