import type { KvError } from '../core/errors.js';
import type { LostKv } from './recovery.js';

/** What a sequence tells of on its way to the next answer. */
export type CursorEvent =
  | { readonly kind: 'prefill'; readonly computed: number; readonly total: number }
  /** A worker is gone, and `waitedMs` of at most `mostMs` were spent waiting for another one. */
  | { readonly kind: 'waiting'; readonly cause: KvError; readonly waitedMs: number; readonly mostMs: number }
  | {
      readonly kind: 'recovered';
      readonly fromTokens: number;
      readonly lost: LostKv;
      readonly waitedMs: number;
      readonly cause: KvError;
    }
  /** All KV is there again; `tokens` of it were computed once more, in every stage. */
  | { readonly kind: 'recomputed'; readonly tokens: number };
