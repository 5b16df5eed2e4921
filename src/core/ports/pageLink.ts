import type { PageView } from '../pageView.js';

/** What a link that takes time is set to, and what it did. */
export interface LinkFigures {
  readonly name: string;
  readonly bytesPerSecond: number;
  readonly latencyUs: number;
  readonly crossedBytes: number;
  /** Processor time of the copies that stand in for the engine. */
  readonly copyMs: number;
}

/**
 * How the bytes of a page get from pinned memory to the device. Without a GPU a processor copies them
 * (src/transfer/copyLink.ts); the double that takes the time of an engine is src/device/linkDouble.ts.
 */
export interface PageLink {
  /** Every page is there when `carry` returns. */
  readonly isInstant: boolean;
  /** Null where the link is no double. */
  readonly figures: LinkFigures | null;
  /**
   * Brings the bytes of `from` to `to`; of one page that lies in `to` already, `from` is `to`. True: they are
   * there. False: they will be, and `landed` is told so once, in another turn, pages in the order of the
   * calls. Until then nobody may change `from` or look at `to`.
   */
  carry(from: PageView, to: PageView, landed: () => void): boolean;
}
