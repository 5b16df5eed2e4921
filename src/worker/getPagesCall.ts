import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { Cancel } from '../core/ports/clock.js';
import type { Duplex } from '../core/ports/network.js';
import type { GetPageRequest__Output } from '../rpc/gen/kvtide/v1/GetPageRequest.js';
import type { GetPageResponse } from '../rpc/gen/kvtide/v1/GetPageResponse.js';
import { checkProtocol } from '../rpc/protocolCheck.js';
import { pageMessage, writeChecksum } from '../transfer/pageFields.js';
import type { Borrow, PageLoan } from '../transfer/pageHost.js';
import { partsOf } from '../transfer/pageParts.js';
import { AnswerLine } from './answerLine.js';
import type { PageStreamParts } from './pageStreamParts.js';
import type { StreamFigures } from './pageStreams.js';

/** Each part costs a message: a page in smaller ones would only keep the worker busy. */
const partBytesMin = 4096;

/** One stream of GetPages: pages are lent while their bytes are sent, several at once. */
export class GetPagesCall {
  readonly #parts: PageStreamParts;
  readonly #stream: Duplex<GetPageRequest__Output, GetPageResponse>;
  readonly #figures: StreamFigures;
  readonly #line: AnswerLine;

  constructor(
    parts: PageStreamParts,
    stream: Duplex<GetPageRequest__Output, GetPageResponse>,
    figures: StreamFigures,
  ) {
    this.#parts = parts;
    this.#stream = stream;
    this.#figures = figures;
    this.#line = new AnswerLine(parts.limits.pagesInWorkMax);
  }

  /** @throws KvError `invalid` at a request that cannot be read, when all before it are answered. */
  async run(signal: AbortSignal): Promise<void> {
    const { host, naming } = this.#parts;
    try {
      for await (const { protocol, namespace, page, partBytes } of this.#stream) {
        if (protocol !== null) checkProtocol(protocol, 'the caller');
        const id = naming.pageOf(namespace, page);
        if (partBytes !== 0 && partBytes < partBytesMin) {
          throw new KvError(
            'invalid',
            `parts of ${partBytes} bytes are too small; ask for ${partBytesMin} or more`,
          );
        }
        await this.#line.room();
        const borrow = borrowed(host.borrow(id, signal));
        this.#line.add(() => this.#answer(id, borrow, partBytes));
      }
    } finally {
      await this.#line.end();
    }
  }

  async #answer(id: PageId, borrow: Borrow | Promise<Borrow>, partBytes: number): Promise<void> {
    const result = await borrow;
    const cancelTimer = this.#stallTimer();
    try {
      if (result.kind === 'borrowed') await this.#sendPage(result.loan, partBytes);
      else await this.#stream.send({ page: pageMessage(id), ...withoutLoan(result) });
    } catch {
      // The stream is gone; whoever reads it hears why.
    } finally {
      cancelTimer();
      if (result.kind === 'borrowed') result.loan.giveBack();
    }
  }

  /** Also for an answer without a page: behind it others wait with theirs on loan. */
  #stallTimer(): Cancel {
    const { clock, limits } = this.#parts;
    const { pageStallMs } = limits;
    return clock.setTimer(pageStallMs, () =>
      this.#stream.fail(new KvError('timedOut', `an answer was not taken within ${pageStallMs} ms`)),
    );
  }

  async #sendPage({ id, blockIndex, checksum, view }: PageLoan, partBytes: number): Promise<void> {
    const head = { page: pageMessage(id), outcome: 'hit', blockIndex, checksum: writeChecksum(checksum) };
    const { k, v } = view;
    if (partBytes === 0) await this.#stream.send({ ...head, k, v });
    else await this.#sendParts(head, partsOf(view, partBytes), k.length + v.length);
    this.#figures.outPages += 1;
    this.#figures.outBytes += k.length + v.length;
  }

  async #sendParts(head: GetPageResponse, parts: Iterable<Uint8Array>, pageBytes: number): Promise<void> {
    let fields = head;
    let leftBytes = pageBytes;
    for (const data of parts) {
      leftBytes -= data.length;
      await this.#stream.send({ ...fields, data, more: leftBytes > 0 });
      fields = {};
    }
  }
}

/** A bug of the host ends one page, not the process. */
function borrowed(borrow: Borrow | Promise<Borrow>): Borrow | Promise<Borrow> {
  if (!(borrow instanceof Promise)) return borrow;
  return borrow.catch((cause: unknown) => ({ kind: 'failed', cause }) as const);
}

function withoutLoan(result: Exclude<Borrow, { kind: 'borrowed' }>): GetPageResponse {
  switch (result.kind) {
    case 'miss':
      return { outcome: 'miss' };
    case 'corrupt':
      return { outcome: 'corrupt', reason: result.reason };
    case 'failed':
      return { outcome: 'failed', reason: KvError.from(result.cause).message };
    case 'cancelled':
      return { outcome: 'failed', reason: 'the read was given up' };
    case 'throttled':
      return { outcome: 'throttled', retryAfterMs: result.retryAfterMs };
  }
}
