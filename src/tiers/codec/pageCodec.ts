import type { PageView } from '../../core/pageView.js';

/** Ends in a later turn of the event loop, so that what waits is served between two slices of a page. */
export type NextTurn = () => Promise<void>;

/** Codecs work on about so many bytes of a page in one go: a few tenths of a millisecond. */
export const codecSliceBytes = 256 * 1024;

/**
 * Another form of a page's bytes, for a tier that has less room. Pure but for its turns: the same page gives
 * the same bytes everywhere. What is `lossless` decodes to the bits that were encoded. What is not decodes to
 * a page that it encodes to the same bytes again: a page loses once, however often it goes down and up.
 */
export interface PageCodec {
  readonly name: string;
  /** Stands in records; never given to another layout. */
  readonly id: number;
  readonly version: number;
  readonly isLossless: boolean;
  /** Every length that an encoded page may have, ascending. */
  readonly lengths: readonly number[];
  /**
   * @param from may not change before it settles.
   * @param into at least as long as the longest of `lengths`; what is behind the result means nothing.
   * @returns one of `lengths`, or 0 when the page does not get shorter and is better kept as it is.
   */
  encode(from: PageView, into: Uint8Array, nextTurn: NextTurn): Promise<number>;
  /**
   * @param from as long as `encode` answered. Verified by the caller: codecs do not look for damage.
   * @returns false when `from` is no encoded page; what is in `into` then means nothing.
   */
  decode(from: Uint8Array, into: PageView, nextTurn: NextTurn): Promise<boolean>;
}
