import { getMaxListeners, setMaxListeners } from 'node:events';
import type { CallContext } from '../core/ports/network.js';
import type { ExplainRequest__Output } from '../rpc/gen/kvtide/v1/ExplainRequest.js';
import type { ExplainResponse } from '../rpc/gen/kvtide/v1/ExplainResponse.js';
import type { FlushResponse } from '../rpc/gen/kvtide/v1/FlushResponse.js';
import type { HasPagesRequest__Output } from '../rpc/gen/kvtide/v1/HasPagesRequest.js';
import type { HasPagesResponse } from '../rpc/gen/kvtide/v1/HasPagesResponse.js';
import type { PrefetchBlocksRequest__Output } from '../rpc/gen/kvtide/v1/PrefetchBlocksRequest.js';
import type { PrefetchBlocksResponse } from '../rpc/gen/kvtide/v1/PrefetchBlocksResponse.js';
import type { RemoveBlocksRequest__Output } from '../rpc/gen/kvtide/v1/RemoveBlocksRequest.js';
import type { RemoveBlocksResponse } from '../rpc/gen/kvtide/v1/RemoveBlocksResponse.js';
import type { RaiseOutcome, TierStack } from '../tiers/tierStack.js';
import { inParallel } from './inParallel.js';
import type { PageNaming } from './pageNaming.js';

/** What the calls about blocks need of the stack. */
export type BlockStore = Pick<TierStack, 'explain' | 'flush' | 'has' | 'raise' | 'remove'>;

/** Pages of one call that are raised, or removed, at once: enough to keep the disk busy. */
const pagesAtOnce = 16;

/** How the answer counts a raised page. A damaged copy is gone; one that could not be read now may be later. */
const raisedAs = {
  raised: 'raisedPages',
  here: 'herePages',
  miss: 'missingPages',
  corrupt: 'missingPages',
  full: 'refusedPages',
  failed: 'refusedPages',
  cancelled: 'refusedPages',
} as const satisfies Record<RaiseOutcome['kind'], keyof PrefetchBlocksResponse>;

/** What can be asked about blocks beside their bytes: HasPages, RemoveBlocks, PrefetchBlocks, Flush, Explain. */
export class BlockCalls {
  readonly #store: BlockStore;
  readonly #naming: PageNaming;

  constructor(store: BlockStore, naming: PageNaming) {
    this.#store = store;
    this.#naming = naming;
  }

  async has({ namespace, pages }: HasPagesRequest__Output): Promise<HasPagesResponse> {
    return { has: pages.map((page) => this.#store.has(this.#naming.pageOf(namespace, page))) };
  }

  async remove({ namespace, blocks }: RemoveBlocksRequest__Output): Promise<RemoveBlocksResponse> {
    const counts = { removedPages: 0, heldPages: 0 };
    await inParallel(this.#pagesOf(namespace, blocks), pagesAtOnce, async (page) => {
      const { kind } = await this.#store.remove(page);
      if (kind === 'removed') counts.removedPages += 1;
      if (kind === 'held') counts.heldPages += 1;
    });
    return counts;
  }

  async prefetch(
    { namespace, blocks }: PrefetchBlocksRequest__Output,
    { signal }: Pick<CallContext, 'signal'>,
  ): Promise<PrefetchBlocksResponse> {
    const counts = { raisedPages: 0, herePages: 0, missingPages: 0, refusedPages: 0 };
    setMaxListeners(pagesAtOnce + getMaxListeners(signal), signal); // each page under way listens
    await inParallel(this.#pagesOf(namespace, blocks), pagesAtOnce, async (page) => {
      const { kind } = await this.#store.raise(page, 'prefetch', signal);
      counts[raisedAs[kind]] += 1;
    });
    return counts;
  }

  async flush(): Promise<FlushResponse> {
    const end = await this.#store.flush();
    return { unflushedPages: end.kind === 'partly' ? end.pagesInMemory : 0 };
  }

  async explain({ namespace, block }: ExplainRequest__Output): Promise<ExplainResponse> {
    const { block: key } = this.#naming.pageOf(namespace, { block, layer: this.#naming.range.from });
    const pages = this.#store.explain(key);
    return { pages: pages.map((page) => ({ ...page, tiers: [...page.tiers], events: [...page.events] })) };
  }

  #pagesOf(namespace: string, blocks: Uint8Array) {
    return this.#naming.blocksOf(namespace, blocks).flatMap((block) => this.#naming.pagesOf(block));
  }
}
