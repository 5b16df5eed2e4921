import { DepartedWorth } from './departedWorth.js';
import type { AdmissionPolicy, Admittance } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

/**
 * By benefit: what a byte of the tier saves. A block saves, each time it is used, what computing it takes more
 * than loading it; how often it is used is taken from how often it was lately. What saves nothing is refused even
 * where there is room, and where there is none what saves no more than what the tier let go lately. Where the
 * cost of computing is 0, nothing is known of it, and all blocks of a size save the same.
 */
export class BenefitAdmission implements AdmissionPolicy {
  readonly #columns: PolicyColumns;
  readonly #saved: DepartedWorth;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#saved = new DepartedWorth(columns, capacity, (handle) => this.#savedPerByte(handle));
  }

  asked(handle: number): void {
    this.#saved.asked(handle);
  }

  admit(handle: number, hasRoom: boolean): Admittance {
    if (this.#savedPerByte(handle) === 0) return 'refuse';
    return hasRoom || this.#saved.isAbove(handle) ? 'admit' : 'refuse';
  }

  left(handle: number): void {
    this.#saved.left(handle);
  }

  resize(capacity: number): void {
    this.#saved.resize(capacity);
  }

  #savedPerByte(handle: number): number {
    const recomputeMs = this.#columns.recomputeMs[handle]!;
    const savedMs = recomputeMs === 0 ? 1 : Math.max(0, recomputeMs - this.#columns.loadMs[handle]!);
    return savedMs / (this.#columns.bytes[handle]! || 1);
  }
}
