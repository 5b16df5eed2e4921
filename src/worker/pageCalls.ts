import { blockKeyBytes, blockKeyFromBytes, blockKeyToBytes } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { PageId } from '../core/pageId.js';
import { copyPage, type PageView } from '../core/pageView.js';
import type { Duplex } from '../core/ports/network.js';
import type { ExplainRequest__Output } from '../rpc/gen/kvtide/v1/ExplainRequest.js';
import type { ExplainResponse } from '../rpc/gen/kvtide/v1/ExplainResponse.js';
import type { GetPageRequest__Output } from '../rpc/gen/kvtide/v1/GetPageRequest.js';
import type { GetPageResponse } from '../rpc/gen/kvtide/v1/GetPageResponse.js';
import type { PageId__Output } from '../rpc/gen/kvtide/v1/PageId.js';
import type { PutPageRequest__Output } from '../rpc/gen/kvtide/v1/PutPageRequest.js';
import type { PutPageResponse } from '../rpc/gen/kvtide/v1/PutPageResponse.js';
import type { TierStack } from '../tiers/tierStack.js';

const never = new AbortController().signal;

/** Pages by key, for whoever computes KV elsewhere: the calls PutPages, GetPages and Explain. */
export class PageCalls {
  constructor(
    private readonly stack: TierStack,
    private readonly namespace: NamespaceId,
    private readonly range: LayerRange,
  ) {}

  async put(stream: Duplex<PutPageRequest__Output, PutPageResponse>): Promise<void> {
    for await (const { namespace, page, checksum, k, v } of stream) {
      const id = this.#pageOf(namespace, page);
      // The depth in its sequence is not told by the caller: such pages count as first blocks.
      const outcome = await this.#put(id, { k, v }, checksumOfBytes(checksum));
      await stream.send({ page: pageMessage(id), outcome });
    }
  }

  async get(stream: Duplex<GetPageRequest__Output, GetPageResponse>): Promise<void> {
    for await (const { namespace, page } of stream) {
      const id = this.#pageOf(namespace, page);
      const found = await this.stack.borrow(id, never);
      if (found.kind !== 'borrowed') {
        await stream.send({ page: pageMessage(id), outcome: found.kind });
        continue;
      }
      const { view, checksum, giveBack } = found.loan;
      const [k, v] = [Buffer.from(view.k), Buffer.from(view.v)];
      giveBack();
      await stream.send({
        page: pageMessage(id),
        outcome: 'hit',
        k,
        v,
        checksum: bytesOfChecksum(checksum),
      });
    }
  }

  async #put(id: PageId, view: PageView, checksum: bigint): Promise<string> {
    const reserved = await this.stack.reserve(id, { blockIndex: 0, checksum }, never);
    if (reserved.kind !== 'room') return reserved.kind;
    const { room } = reserved;
    if (view.k.length !== room.view.k.length || view.v.length !== room.view.v.length) {
      room.abandon();
      return 'corrupt';
    }
    copyPage(view, room.view);
    const end = await room.complete();
    return end.kind;
  }

  async explain({ namespace, block }: ExplainRequest__Output): Promise<ExplainResponse> {
    const id = this.#pageOf(namespace, { block, layer: this.range.from });
    const pages = this.stack.explain(id.block);
    return { pages: pages.map((page) => ({ ...page, tiers: [...page.tiers], events: [...page.events] })) };
  }

  #pageOf(namespace: string, page: PageId__Output | null): PageId {
    if (namespace !== this.namespace) {
      throw new KvError(
        'invalid',
        'the namespace is not that of the model served here; describe the cluster again',
      );
    }
    if (page === null || page.block.length !== blockKeyBytes) {
      throw new KvError('invalid', `a page is named by a block key of ${blockKeyBytes} bytes and a layer`);
    }
    const { from, to } = this.range;
    if (page.layer < from || page.layer >= to) {
      throw new KvError(
        'invalid',
        `layer ${page.layer} is not served here; this worker has ${from} to ${to - 1}`,
      );
    }
    return { block: blockKeyFromBytes(page.block), layer: page.layer };
  }
}

function pageMessage({ block, layer }: PageId) {
  return { block: blockKeyToBytes(block), layer };
}

function checksumOfBytes(bytes: Buffer): bigint {
  if (bytes.length !== 8) throw new KvError('invalid', `a checksum has 8 bytes, not ${bytes.length}`);
  return bytes.readBigUInt64BE();
}

function bytesOfChecksum(checksum: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(checksum);
  return bytes;
}
