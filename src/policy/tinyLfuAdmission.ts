import { DepartedWorth } from './departedWorth.js';
import type { AdmissionPolicy, Admittance } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

const equal = (): number => 1;

/**
 * TinyLFU (Einziger, Friedman, Manes, ACM TOS 2017): while there is room all comes in; then what was used more
 * often lately than what goes for it, by a sketch of 4-bit counters. What goes is taken to be like what went
 * lately.
 */
export class TinyLfuAdmission implements AdmissionPolicy {
  readonly #uses: DepartedWorth;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#uses = new DepartedWorth(columns, capacity, equal);
  }

  asked(handle: number): void {
    this.#uses.asked(handle);
  }

  admit(handle: number, hasRoom: boolean): Admittance {
    return hasRoom || this.#uses.isAbove(handle) ? 'admit' : 'refuse';
  }

  left(handle: number): void {
    this.#uses.left(handle);
  }

  resize(capacity: number): void {
    this.#uses.resize(capacity);
  }
}
