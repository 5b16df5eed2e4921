import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { KnownTenant, TenantTable } from '../core/tenantTable.js';
import type { TierStack } from '../tiers/tierStack.js';

/** When a tenant whose pages fill its quota should try again: its oldest may be gone by then. */
const fullRetryMs = 1000;

/** How many bytes of pages each tenant has in a worker: each page once, wherever it lies. */
export class TenantBytes {
  readonly #table: TenantTable;
  readonly #pageBytes: number;
  readonly #pages = new Map<string, number>();

  constructor(table: TenantTable, pageBytes: number, stack: Pick<TierStack, 'inventory' | 'onInventory'>) {
    this.#table = table;
    this.#pageBytes = pageBytes;
    for (const { name } of table.all) this.#pages.set(name, 0);
    for (const page of stack.inventory()) this.#count(page, 1);
    stack.onInventory(({ kind, page }) => this.#count(page, kind === 'added' ? 1 : -1));
  }

  of(tenant: string): number {
    return (this.#pages.get(tenant) ?? 0) * this.#pageBytes;
  }

  /** Of every tenant. */
  *all(): Iterable<readonly [tenant: string, bytes: number]> {
    for (const tenant of this.#pages.keys()) yield [tenant, this.of(tenant)];
  }

  /** Why the tenant may not bring another page; null when it may. */
  refusal(tenant: KnownTenant): KvError | null {
    const { bytesMax, name } = tenant;
    const wouldBe = this.of(name) + this.#pageBytes;
    if (bytesMax === null || wouldBe <= bytesMax) return null;
    return new KvError(
      'exhausted',
      `tenant "${name}" may keep ${bytesMax} bytes in this worker and would have ${wouldBe}; remove blocks, or try again in ${fullRetryMs} ms`,
      { context: { tenant: name, quota: 'bytes', retryAfterMs: fullRetryMs } },
    );
  }

  /** A page of the tenant is on its way: it counts until the function that is returned is called, once. */
  coming(tenant: string): () => void {
    this.#change(tenant, 1);
    return () => this.#change(tenant, -1);
  }

  #count({ block }: PageId, change: 1 | -1): void {
    const owner = this.#table.markedBy(block)?.name;
    if (owner !== undefined) this.#change(owner, change);
  }

  #change(tenant: string, change: 1 | -1): void {
    this.#pages.set(tenant, (this.#pages.get(tenant) ?? 0) + change);
  }
}
