import { xxh64 } from '@node-rs/xxhash';
import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { AttachedMemory } from './attachedMemory.js';
import { attachMemory } from './attachMemory.js';
import { getPage } from './getPage.js';
import type { Lane, LaneFigures, LaneGet, LaneLend, LanePut, LentPage, SealedPage } from './lane.js';
import type { LaneLink } from './laneLink.js';
import { LendPage } from './lendPage.js';
import { checkPageBytes, wrongSize } from './pageSize.js';
import { PutAtPage } from './putAtPage.js';

/** Pages over memory that both ends map: lent where they lie, or copied once on either side. */
export class SharedLane implements Lane {
  readonly kind = 'shm';
  readonly #link: LaneLink;
  readonly #memory: AttachedMemory;
  readonly #halfBytes: number;
  readonly #figures = { gotPages: 0, gotBytes: 0, putPages: 0, putBytes: 0, lentPages: 0 };

  private constructor(link: LaneLink, memory: AttachedMemory, halfBytes: number) {
    this.#link = link;
    this.#memory = memory;
    this.#halfBytes = halfBytes;
  }

  /** Over a connection of this host that has said hello. @throws KvError where no memory can be shared */
  static async attach(link: LaneLink, halfBytes: number): Promise<SharedLane> {
    checkPageBytes(link, halfBytes);
    return new SharedLane(link, await attachMemory(link, halfBytes), halfBytes);
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
    const question = new LendPage(id, this.#memory, this.#link, signal);
    const lent = await this.#link.ask(question, signal);
    let result: LaneGet;
    if (lent.kind === 'lent') result = copyOut(lent.page, into);
    // It may have been refused only because it lies where nobody can map it.
    else if (lent.kind === 'throttled' && !question.didOffer) {
      result = await this.#link.ask(getPage(id, into), signal);
    } else result = lent;
    if (result.kind === 'hit') {
      this.#figures.gotPages += 1;
      this.#figures.gotBytes += 2 * this.#halfBytes;
    }
    return result;
  }

  async put(page: SealedPage, signal?: AbortSignal): Promise<LanePut> {
    const wrong = wrongSize(page.view, this.#halfBytes);
    if (wrong !== null) return wrong;
    const result = await this.#link.ask(new PutAtPage(page, this.#memory), signal);
    if (result.kind === 'stored') {
      this.#figures.putPages += 1;
      this.#figures.putBytes += 2 * this.#halfBytes;
    }
    return result;
  }

  readonly lend = async (id: PageId, signal?: AbortSignal): Promise<LaneLend> => {
    const lent = await this.#link.ask(new LendPage(id, this.#memory, this.#link, signal), signal);
    if (lent.kind === 'lent') this.#figures.lentPages += 1;
    return lent;
  };

  close(): Promise<void> {
    return this.#link.close();
  }
}

/** Each half is hashed as soon as it is copied, while its bytes are in the cache. */
function copyOut(page: LentPage, into: PageView): LaneGet {
  const { blockIndex, checksum } = page;
  const copied = page.read(({ k, v }) => {
    into.k.set(k);
    const sum = xxh64(into.k);
    into.v.set(v);
    return xxh64(into.v, sum);
  });
  page.release();
  if (copied.kind === 'expired') {
    const cause = new KvError('unavailable', 'the page was taken back before it was copied; ask again');
    return { kind: 'unavailable', cause };
  }
  if (copied.value !== checksum) {
    return { kind: 'corrupt', reason: 'the bytes that were lent do not match their checksum' };
  }
  return { kind: 'hit', blockIndex, checksum };
}
