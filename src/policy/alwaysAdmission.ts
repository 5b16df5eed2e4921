import type { AdmissionPolicy, Admittance } from './policy.js';

/** Takes whatever is offered. */
export class AlwaysAdmission implements AdmissionPolicy {
  asked(_handle: number): void {}

  admit(_handle: number, _hasRoom: boolean): Admittance {
    return 'admit';
  }

  left(_handle: number): void {}

  resize(_capacity: number): void {}
}
