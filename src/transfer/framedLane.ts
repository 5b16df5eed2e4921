import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import { getPage } from './getPage.js';
import type { Lane, LaneFigures, LaneGet, LanePut, SealedPage } from './lane.js';
import type { LaneKind } from './laneKind.js';
import type { LaneLink } from './laneLink.js';
import { checkPageBytes, wrongSize } from './pageSize.js';
import { putPage } from './putPage.js';

/** Pages over one TCP or unix socket: they land where the caller wants them and leave from where they lie. */
export class FramedLane implements Lane {
  readonly kind: LaneKind;
  readonly lend = null;
  readonly #link: LaneLink;
  readonly #halfBytes: number;
  readonly #figures = { gotPages: 0, gotBytes: 0, putPages: 0, putBytes: 0, lentPages: 0 };

  /** @param halfBytes bytes of K, and of V. @throws KvError `invalid` when the other side has other pages. */
  constructor(kind: LaneKind, link: LaneLink, halfBytes: number) {
    this.kind = kind;
    this.#link = link;
    this.#halfBytes = halfBytes;
    checkPageBytes(link, halfBytes);
  }

  get peer(): string {
    return this.#link.peer;
  }

  get figures(): LaneFigures {
    return this.#figures;
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  async get(id: PageId, into: PageView, signal?: AbortSignal): Promise<LaneGet> {
    const wrong = wrongSize(into, this.#halfBytes);
    if (wrong !== null) return wrong;
    const result = await this.#link.ask(getPage(id, into), signal);
    if (result.kind === 'hit') {
      this.#figures.gotPages += 1;
      this.#figures.gotBytes += 2 * this.#halfBytes;
    }
    return result;
  }

  async put(page: SealedPage, signal?: AbortSignal): Promise<LanePut> {
    const wrong = wrongSize(page.view, this.#halfBytes);
    if (wrong !== null) return wrong;
    const result = await this.#link.ask(putPage(page), signal);
    if (result.kind === 'stored') {
      this.#figures.putPages += 1;
      this.#figures.putBytes += 2 * this.#halfBytes;
    }
    return result;
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
