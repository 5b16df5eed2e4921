import { KvError } from '../core/errors.js';
import { type PageId, pageName } from '../core/pageId.js';
import type { Duplex } from '../core/ports/network.js';
import type { PutPageRequest__Output } from '../rpc/gen/kvtide/v1/PutPageRequest.js';
import type { PutPageResponse } from '../rpc/gen/kvtide/v1/PutPageResponse.js';
import { checkProtocol } from '../rpc/protocolCheck.js';
import { pageMessage, readChecksum } from '../transfer/pageFields.js';
import type { PageRoom, Reserve, RoomEnd } from '../transfer/pageHost.js';
import { PageFiller } from '../transfer/pageParts.js';
import { AnswerLine } from './answerLine.js';
import type { PageStreamParts } from './pageStreamParts.js';
import type { StreamFigures } from './pageStreams.js';

/** A page whose bytes are coming; without room they are dropped, as it is answered already. */
interface IncomingPage {
  readonly id: PageId;
  readonly target: { readonly room: PageRoom; readonly filler: PageFiller } | null;
  readonly cancelTimer: () => void;
}

/** One stream of PutPages: bytes go straight into the room where the page will lie. */
export class PutPagesCall {
  readonly #parts: PageStreamParts;
  readonly #stream: Duplex<PutPageRequest__Output, PutPageResponse>;
  readonly #figures: StreamFigures;
  readonly #line: AnswerLine;
  #page: IncomingPage | null = null;

  constructor(
    parts: PageStreamParts,
    stream: Duplex<PutPageRequest__Output, PutPageResponse>,
    figures: StreamFigures,
  ) {
    this.#parts = parts;
    this.#stream = stream;
    this.#figures = figures;
    this.#line = new AnswerLine(parts.limits.pagesInWorkMax);
  }

  /** @throws KvError `invalid` at a message that cannot be read, when all pages before it are answered. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for await (const message of this.#stream) {
        const page = this.#page === null ? await this.#begin(message, signal) : further(this.#page, message);
        this.#take(page, message);
      }
      if (this.#page !== null) throw invalid(`the stream ended within page ${pageName(this.#page.id)}`);
    } finally {
      this.#page?.cancelTimer();
      this.#page?.target?.room.abandon();
      this.#page = null;
      await this.#line.end();
    }
  }

  async #begin(message: PutPageRequest__Output, signal: AbortSignal): Promise<IncomingPage> {
    const { clock, host, limits, naming } = this.#parts;
    const { protocol, namespace, blockIndex } = message;
    if (protocol !== null) checkProtocol(protocol, 'the caller');
    const id = naming.pageOf(namespace, message.page);
    const checksum = readChecksum(message.checksum);
    await this.#line.room();
    const reserved = await host.reserve(id, { blockIndex, checksum }, signal);
    if (reserved.kind !== 'room') {
      this.#answer(id, withoutRoom(reserved));
      return { id, target: null, cancelTimer: () => {} };
    }
    const { room } = reserved;
    const cancelTimer = clock.setTimer(limits.pageStallMs, () =>
      this.#stream.fail(new KvError('timedOut', `a page did not come whole within ${limits.pageStallMs} ms`)),
    );
    return { id, target: { room, filler: new PageFiller(room.view) }, cancelTimer };
  }

  #take(page: IncomingPage, { k, v, data, more }: PutPageRequest__Output): void {
    this.#page = more ? page : null;
    const { id, target } = page;
    if (target !== null) for (const part of [k, v, data]) target.filler.take(part);
    if (more || target === null) return;
    page.cancelTimer();
    const { room, filler } = target;
    const wrong = wrongHalves(room, k, v) ?? wrongLength(filler);
    if (wrong === null) this.#complete(id, room);
    else {
      room.abandon();
      this.#answer(id, { outcome: 'corrupt', reason: wrong });
    }
  }

  #complete(id: PageId, room: PageRoom): void {
    const { k, v } = room.view;
    const pageBytes = k.length + v.length;
    const end = (async () => await room.complete())().catch(
      (cause: unknown): RoomEnd => ({ kind: 'failed', cause }),
    );
    this.#answer(
      id,
      end.then((how) => {
        if (how.kind !== 'stored') return notStored(how);
        this.#figures.inPages += 1;
        this.#figures.inBytes += pageBytes;
        return { outcome: 'stored' };
      }),
    );
  }

  /** @param fields do not reject. */
  #answer(id: PageId, fields: PutPageResponse | Promise<PutPageResponse>): void {
    this.#line.add(async () => {
      try {
        await this.#stream.send({ page: pageMessage(id), ...(await fields) });
      } catch {
        // The stream is gone; whoever reads it hears why.
      }
    });
  }
}

/** @throws KvError `invalid` where the page that is coming has not ended: nothing after it can be told apart. */
function further(page: IncomingPage, { namespace, page: next, k, v }: PutPageRequest__Output): IncomingPage {
  if (namespace === '' && next === null && k.length === 0 && v.length === 0) return page;
  throw invalid(`another page begins before ${pageName(page.id)} has ended: its last part has no "more"`);
}

/** K and V that are given whole may not make up for each other's length. */
function wrongHalves({ view }: PageRoom, k: Buffer, v: Buffer): string | null {
  if (k.length === 0 && v.length === 0) return null;
  if (k.length === view.k.length && v.length === view.v.length) return null;
  return `K and V have ${view.k.length} bytes each; ${k.length} and ${v.length} came`;
}

function wrongLength({ bytes, isWhole, wantedBytes }: PageFiller): string | null {
  return isWhole ? null : `${bytes} bytes came; a page has ${wantedBytes}`;
}

function withoutRoom(reserved: Exclude<Reserve, { kind: 'room' }>): PutPageResponse {
  switch (reserved.kind) {
    case 'present':
    case 'full':
      return { outcome: reserved.kind };
    case 'failed':
      return { outcome: 'failed', reason: KvError.from(reserved.cause).message };
    case 'cancelled':
      return { outcome: 'failed', reason: 'the page was given up' };
    case 'throttled':
      return { outcome: 'throttled', retryAfterMs: reserved.retryAfterMs };
  }
}

function notStored(end: Exclude<RoomEnd, { kind: 'stored' }>): PutPageResponse {
  switch (end.kind) {
    case 'corrupt':
      return { outcome: 'corrupt', reason: 'the bytes that came do not match their checksum' };
    case 'full':
      return { outcome: 'full' };
    case 'failed':
      return { outcome: 'failed', reason: KvError.from(end.cause).message };
  }
}

function invalid(message: string): KvError {
  return new KvError('invalid', message);
}
