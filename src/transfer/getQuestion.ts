import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { Duplex } from '../core/ports/network.js';
import type { GetPageRequest } from '../rpc/gen/kvtide/v1/GetPageRequest.js';
import type { GetPageResponse__Output } from '../rpc/gen/kvtide/v1/GetPageResponse.js';
import { pageChecksum } from './checksum.js';
import type { LaneGet, PageSeal } from './lane.js';
import { isPage, pageMessage, readChecksum } from './pageFields.js';
import { PageFiller } from './pageParts.js';
import { type LineQuestion, outOfTurn } from './streamLine.js';

/** One page asked for on a GetPages stream; its bytes go straight to where they are wanted. */
export class GetQuestion implements LineQuestion<GetPageResponse__Output, GetPageRequest, LaneGet> {
  readonly #id: PageId;
  readonly #request: GetPageRequest;
  #view: PageView | null;
  readonly #filler: PageFiller;
  #seal: PageSeal | null = null;

  constructor(id: PageId, request: GetPageRequest, into: PageView) {
    this.#id = id;
    this.#request = request;
    this.#view = into;
    this.#filler = new PageFiller(into);
  }

  async send(stream: Duplex<GetPageResponse__Output, GetPageRequest>): Promise<void> {
    await stream.send({ ...this.#request, page: pageMessage(this.#id) });
  }

  take(message: GetPageResponse__Output): LaneGet | null {
    if (this.#seal === null) {
      if (!isPage(message.page, this.#id)) throw outOfTurn(this.#id);
      if (message.outcome !== 'hit') return otherOutcome(message);
      this.#seal = { blockIndex: message.blockIndex, checksum: readChecksum(message.checksum) };
    }
    if (this.#view !== null) for (const part of [message.k, message.v, message.data]) this.#filler.take(part);
    return message.more ? null : this.#end(this.#seal);
  }

  drop(): void {
    this.#view = null;
  }

  gone(cause: KvError): LaneGet {
    return { kind: 'unavailable', cause };
  }

  refused(retryAfterMs: number): LaneGet {
    return { kind: 'throttled', retryAfterMs };
  }

  #end(seal: PageSeal): LaneGet {
    if (this.#view === null) return { kind: 'miss' }; // nobody reads it
    const { bytes, isWhole, wantedBytes } = this.#filler;
    if (!isWhole) return { kind: 'corrupt', reason: `${bytes} bytes came; a page has ${wantedBytes}` };
    if (pageChecksum(this.#view) !== seal.checksum) {
      return { kind: 'corrupt', reason: 'the bytes that came do not match their checksum' };
    }
    return { kind: 'hit', ...seal };
  }
}

function otherOutcome({ outcome, reason, retryAfterMs }: GetPageResponse__Output): LaneGet {
  switch (outcome) {
    case 'miss':
      return { kind: 'miss' };
    case 'corrupt':
      return { kind: 'corrupt', reason };
    case 'throttled':
      return { kind: 'throttled', retryAfterMs };
    case 'failed':
      return {
        kind: 'unavailable',
        cause: new KvError('unavailable', reason || 'the page could not be read'),
      };
    default:
      throw new KvError(
        'unsupported',
        `a page was answered with "${outcome}", which this build does not know`,
      );
  }
}
