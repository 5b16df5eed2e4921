import type { PageView } from '../core/pageView.js';
import type { PageCodec } from './codec/pageCodec.js';

/** A page as a codec made it, with the checksum of those bytes (xxh64). */
export interface EncodedPage {
  readonly kind: 'encoded';
  readonly codec: PageCodec;
  readonly bytes: Uint8Array;
  readonly checksum: bigint;
}

/** A copy of a page that is not the page bit by bit, because a tier keeps less: encoded, or as it came out. */
export type LossyCopy =
  | EncodedPage
  | {
      readonly kind: 'converted';
      readonly view: PageView;
      /** Of these bytes. */
      readonly checksum: bigint;
    };
