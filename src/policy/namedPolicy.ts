import type { PolicyColumns } from './policyColumns.js';

/** A policy under the name by which operators know it. */
export interface NamedPolicy<P> {
  readonly name: string;
  readonly make: (columns: PolicyColumns, capacity: number) => P;
}
