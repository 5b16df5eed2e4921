import { KvError } from '../core/errors.js';
import type { PageView } from '../core/pageView.js';
import type { Duplex } from '../core/ports/network.js';
import type { PutPageRequest } from '../rpc/gen/kvtide/v1/PutPageRequest.js';
import type { PutPageResponse__Output } from '../rpc/gen/kvtide/v1/PutPageResponse.js';
import type { LanePut, SealedPage } from './lane.js';
import { isPage, pageMessage, writeChecksum } from './pageFields.js';
import { partsOf } from './pageParts.js';
import { type LineQuestion, outOfTurn } from './streamLine.js';

/** One page given on a PutPages stream. */
export class PutQuestion implements LineQuestion<PutPageResponse__Output, PutPageRequest, LanePut> {
  readonly #page: SealedPage;
  readonly #request: PutPageRequest;
  /** Pages of at most so many bytes go whole, others in such parts. */
  readonly #partBytes: number;
  #view: PageView | null;

  constructor(page: SealedPage, request: PutPageRequest, partBytes: number) {
    this.#page = page;
    this.#request = request;
    this.#partBytes = partBytes;
    this.#view = page.view;
  }

  async send(stream: Duplex<PutPageResponse__Output, PutPageRequest>): Promise<void> {
    const { id, blockIndex, checksum, view } = this.#page;
    const head = { ...this.#request, page: pageMessage(id), checksum: writeChecksum(checksum), blockIndex };
    let leftBytes = view.k.length + view.v.length;
    if (leftBytes <= this.#partBytes) {
      await stream.send({ ...head, k: view.k, v: view.v });
      return;
    }
    let fields: PutPageRequest = head;
    for (const data of partsOf(view, this.#partBytes)) {
      // Given up, or answered before all was sent: an end too early tells the other side to forget it.
      if (this.#view === null) {
        await stream.send({ more: false });
        return;
      }
      leftBytes -= data.length;
      await stream.send({ ...fields, data, more: leftBytes > 0 });
      fields = {};
    }
  }

  take({ page, outcome, reason, retryAfterMs }: PutPageResponse__Output): LanePut {
    if (!isPage(page, this.#page.id)) throw outOfTurn(this.#page.id);
    switch (outcome) {
      case 'stored':
      case 'present':
      case 'full':
        return { kind: outcome };
      case 'corrupt':
        return { kind: 'corrupt', reason };
      case 'throttled':
        return { kind: 'throttled', retryAfterMs };
      case 'failed':
        return {
          kind: 'unavailable',
          cause: new KvError('unavailable', reason || 'the page could not be stored'),
        };
      default:
        throw new KvError(
          'unsupported',
          `a page was answered with "${outcome}", which this build does not know`,
        );
    }
  }

  drop(): void {
    this.#view = null;
  }

  gone(cause: KvError): LanePut {
    return { kind: 'unavailable', cause };
  }

  refused(retryAfterMs: number): LanePut {
    return { kind: 'throttled', retryAfterMs };
  }
}
