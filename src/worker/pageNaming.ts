import { type BlockKey, blockKeyBytes, blockKeyFromBytes, unpackBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { PageId } from '../core/pageId.js';
import type { PageId__Output } from '../rpc/gen/kvtide/v1/PageId.js';

/** Reads how callers name pages and blocks, and refuses those that are not served here. */
export class PageNaming {
  constructor(
    readonly namespace: NamespaceId,
    readonly range: LayerRange,
  ) {}

  /** @throws KvError `invalid` for another namespace, a layer of another worker, or what names no page. */
  pageOf(namespace: string, page: PageId__Output | null): PageId {
    this.check(namespace);
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

  /** @throws KvError `invalid` for another namespace, or bytes that are not whole keys. */
  blocksOf(namespace: string, blocks: Uint8Array): BlockKey[] {
    this.check(namespace);
    if (blocks.length % blockKeyBytes !== 0) {
      throw new KvError(
        'invalid',
        `block keys have ${blockKeyBytes} bytes each; ${blocks.length} bytes came`,
      );
    }
    return unpackBlockKeys(blocks);
  }

  /** The pages of a block that this worker serves. */
  pagesOf(block: BlockKey): PageId[] {
    const { from, to } = this.range;
    return Array.from({ length: to - from }, (_, index) => ({ block, layer: from + index }));
  }

  check(namespace: string): void {
    if (namespace === this.namespace) return;
    throw new KvError(
      'invalid',
      'the namespace is not that of the model served here; describe the cluster again',
    );
  }
}
