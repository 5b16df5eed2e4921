/** Whether a request's room is there now, may come when others end, or is more than the cluster has at present. */
export type Fit = 'now' | 'later' | 'never';

export interface AdmissionBounds {
  /** Calls that wait for room. */
  readonly admissionQueueMax: number;
  /** Those of one tenant, so that no tenant keeps the others out of the queue. */
  readonly admissionQueueTenantMax: number;
  /** Admissions that may pass a request that came to its turn and did not fit; then all others wait for it. */
  readonly admissionPassesMax: number;
  /** How long all others wait for it at a stretch; then it is passed again, as often. */
  readonly admissionBlockMsMax: number;
}

interface Waiting<Request> {
  readonly request: Request;
  passes: number;
}

/**
 * Who is admitted next. Each tenant's requests go in the order in which they came. Tenants take turns, one
 * admission each: turns need no history, where the order of least live bytes would let newcomers keep out
 * for ever a tenant whose one sequence is long. A tenant whose turn it is and whose request does not fit is
 * passed by others that do, a bounded number of times: small requests use room that a large one cannot, and
 * do not starve it. Nor does it stop them: they wait for it a bounded time, and then pass it again. Times are
 * monotonic milliseconds.
 */
export class AdmissionQueue<Request extends { readonly tenant: string }> {
  readonly #bounds: AdmissionBounds;
  /** In order of the turns. No list is empty. */
  readonly #tenants = new Map<string, Waiting<Request>[]>();
  #size = 0;
  /** The one that all others wait for, and since when. */
  #block: { readonly by: Waiting<Request>; readonly sinceMs: number } | null = null;

  constructor(bounds: AdmissionBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#size;
  }

  /** Which bound keeps another request of the tenant out; null when none does. */
  fullFor(tenant: string): { readonly of: 'all' | 'tenant'; readonly most: number } | null {
    const { admissionQueueMax, admissionQueueTenantMax } = this.#bounds;
    if (this.#size >= admissionQueueMax) return { of: 'all', most: admissionQueueMax };
    const own = this.#tenants.get(tenant)?.length ?? 0;
    return own >= admissionQueueTenantMax ? { of: 'tenant', most: admissionQueueTenantMax } : null;
  }

  /** The caller has asked `fullFor`, unless it takes the request out again at once. */
  add(request: Request): void {
    const { tenant } = request;
    const waiting = { request, passes: 0 };
    const own = this.#tenants.get(tenant);
    if (own === undefined) this.#tenants.set(tenant, [waiting]);
    else own.push(waiting);
    this.#size += 1;
  }

  /** Takes out those that no longer wait; answers them in no order that matters. */
  remove(isOver: (request: Request) => boolean): Request[] {
    const over: Request[] = [];
    for (const [tenant, own] of this.#tenants) {
      const left = own.filter(({ request }) => {
        if (!isOver(request)) return true;
        over.push(request);
        return false;
      });
      if (left.length === 0) this.#tenants.delete(tenant);
      else this.#tenants.set(tenant, left);
    }
    this.#size -= over.length;
    return over;
  }

  /** Takes out the request that is admitted next; null when none can be. */
  take(fitOf: (request: Request) => Fit, nowMs: number): Request | null {
    const passed: Waiting<Request>[] = [];
    const first = this.#blocking(fitOf);
    if (first !== this.#block?.by) this.#block = first && { by: first, sinceMs: nowMs };
    for (const [tenant, own] of this.#tenants) {
      const head = own[0]!; // no list is empty
      if (first !== null && head !== first) continue;
      const found = fitOf(head.request);
      if (found === 'now') {
        for (const other of passed) other.passes += 1;
        return this.#takeHead(tenant, own);
      }
      if (found === 'later') passed.push(head);
    }
    return null;
  }

  /** Whether others have waited long enough for one, and may pass it, and any other like it, from now on. */
  unblock(nowMs: number): boolean {
    if (this.#block === null || nowMs < this.#block.sinceMs + this.#bounds.admissionBlockMsMax) return false;
    this.#block = null;
    // Those that were passed as often would block next, one after the other.
    for (const own of this.#tenants.values()) for (const waiting of own) waiting.passes = 0;
    return true;
  }

  /** The request that was passed often enough, if there is one that can fit at all. */
  #blocking(fitOf: (request: Request) => Fit): Waiting<Request> | null {
    for (const [head] of this.#tenants.values()) {
      if (head!.passes >= this.#bounds.admissionPassesMax && fitOf(head!.request) !== 'never') return head!;
    }
    return null;
  }

  #takeHead(tenant: string, own: Waiting<Request>[]): Request {
    const { request } = own.shift()!; // it was looked at just now
    // To the end of the turns.
    this.#tenants.delete(tenant);
    if (own.length > 0) this.#tenants.set(tenant, own);
    this.#size -= 1;
    return request;
  }
}
