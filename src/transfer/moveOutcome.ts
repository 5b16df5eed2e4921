import type { Place } from './routeRates.js';

/** How the move of one page ended. */
export type MoveOutcome =
  | { readonly kind: 'moved'; readonly from: Place; readonly bytes: number; readonly ms: number }
  /** The source holds the page no more. */
  | { readonly kind: 'miss' }
  /** The bytes that came do not match the page's identity or checksum. */
  | { readonly kind: 'corrupt' }
  /** The destination takes nothing more. */
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly cause: unknown }
  /** The waiter gave up, or the engine was closed before the move began. */
  | { readonly kind: 'cancelled' };
