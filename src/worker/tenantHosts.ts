import type { TenantGate } from '../core/tenantGate.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { PageHost } from '../transfer/pageHost.js';
import { TenantBytes } from './tenantBytes.js';
import { TenantPages } from './tenantPages.js';

/** What each tenant may see of a worker's pages, and how many of them are its own. */
export class TenantHosts {
  readonly bytes: TenantBytes;
  readonly hostOf: (tenant: string) => PageHost;
  readonly #gate: TenantGate;

  constructor(stack: TierStack, gate: TenantGate, pageBytes: number) {
    this.#gate = gate;
    this.bytes = new TenantBytes(gate.table, pageBytes, stack);
    this.hostOf = (tenant) => new TenantPages(stack, gate, this.bytes, gate.table.get(tenant));
  }

  /**
   * What keys of the tenant's new blocks are made with, as a sequence opens.
   * @throws KvError `denied` for one that is not served, `exhausted` when its pages fill its quota already.
   */
  opens(name: string) {
    const tenant = this.#gate.table.get(name);
    const full = this.bytes.refusal(tenant);
    if (full === null) return tenant.seal;
    this.#gate.refused(name, 'bytes');
    throw full;
  }
}
