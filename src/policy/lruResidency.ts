import { LruRetention } from './lruRetention.js';
import type { ResidencyPolicy } from './policy.js';

/** Every loaded page stays, and the least recently used goes: the worst choice for a cyclic scan. */
export class LruResidency extends LruRetention implements ResidencyPolicy {
  admit(_handle: number, _freeSlots: number, _isProtected: (handle: number) => boolean): 'admit' | 'stream' {
    return 'admit';
  }

  /** A page that nobody reads ages by itself. */
  setNeeded(_handle: number, _needed: boolean): void {}
}
