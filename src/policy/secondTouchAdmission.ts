import { GhostQueue } from './ghostQueue.js';
import { HandleBytes } from './handleBytes.js';
import type { AdmissionPolicy, Admittance } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

const once = 1;
const twice = 2;

/**
 * Takes what two requests asked for lately, room or not: what is used once costs no write. Keys are remembered in
 * the order of their last use, as many as the tier has places.
 */
export class SecondTouchAdmission implements AdmissionPolicy {
  readonly #columns: PolicyColumns;
  readonly #seen: GhostQueue;
  /** By entry of `seen`. */
  readonly #touches: HandleBytes;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#seen = new GhostQueue(capacity);
    this.#touches = new HandleBytes(capacity);
  }

  asked(handle: number): void {
    const { keyLow, keyHigh } = this.#columns;
    const [low, high] = [keyLow[handle]!, keyHigh[handle]!];
    const touches = this.#seen.find(low, high) < 0 ? once : twice;
    const entry = this.#seen.push(low, high);
    if (entry >= 0) this.#touches.set(entry, touches);
  }

  admit(handle: number, _hasRoom: boolean): Admittance {
    const { keyLow, keyHigh } = this.#columns;
    const entry = this.#seen.find(keyLow[handle]!, keyHigh[handle]!);
    return entry >= 0 && this.#touches.get(entry) === twice ? 'admit' : 'refuse';
  }

  left(_handle: number): void {}

  resize(capacity: number): void {
    this.#seen.resize(capacity);
  }
}
