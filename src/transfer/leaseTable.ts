interface Lease<Loan> {
  readonly loan: Loan;
  readonly endsAtMs: number;
}

/** What one connection has on loan. Every loan comes out once: by `release`, by `expire` or by `endAll`. */
export class LeaseTable<Loan> {
  /** Oldest first, since all last equally long. */
  readonly #leases = new Map<number, Lease<Loan>>();
  readonly #leasesMax: number;
  readonly #leaseMs: number;

  constructor({ leasesMax, leaseMs }: { readonly leasesMax: number; readonly leaseMs: number }) {
    this.#leasesMax = leasesMax;
    this.#leaseMs = leaseMs;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** @param lease its number, chosen by who borrows. `full` and `taken` change nothing. */
  grant(lease: number, loan: Loan, nowMs: number): 'granted' | 'full' | 'taken' {
    if (this.#leases.has(lease)) return 'taken';
    if (this.#leases.size >= this.#leasesMax) return 'full';
    this.#leases.set(lease, { loan, endsAtMs: nowMs + this.#leaseMs });
    return 'granted';
  }

  /** What was on loan, or undefined for a lease that has ended or never was. */
  release(lease: number): Loan | undefined {
    const held = this.#leases.get(lease);
    this.#leases.delete(lease);
    return held?.loan;
  }

  /** Ends what has lasted its time at `nowMs`. */
  expire(nowMs: number): readonly Loan[] {
    const ended: Loan[] = [];
    for (const [lease, { loan, endsAtMs }] of this.#leases) {
      if (endsAtMs > nowMs) break;
      this.#leases.delete(lease);
      ended.push(loan);
    }
    return ended;
  }

  /** The connection is gone. */
  endAll(): readonly Loan[] {
    const ended = [...this.#leases.values()].map(({ loan }) => loan);
    this.#leases.clear();
    return ended;
  }
}
