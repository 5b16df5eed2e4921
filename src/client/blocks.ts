import { type BlockKey, blockKeysOf, isBlockKey, packBlockKeys, type Sealing } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { type Geometry, halfPageBytes } from '../core/geometry.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { AllWorkers, WorkersStats } from './allWorkers.js';
import { Batch, type ResultOrder } from './batch.js';
import { type CallScope, Deadline } from './callScope.js';
import type { ClusterView } from './clusterView.js';
import { bytesOf, newPageView } from './pageBytes.js';
import type { PageExchange, PageFetch } from './pageExchange.js';
import type { PageQueries } from './pageQueries.js';
import type {
  BlockExplanation,
  ExistsResult,
  FlushResult,
  GetResult,
  LookupResult,
  PageBuffers,
  PageToPut,
  PrefetchResult,
  PutResult,
  RemoveResult,
} from './pageResults.js';
import type { CallDefaults, PeerCalls } from './peerCalls.js';

/** Token ids, or the keys of a chain of blocks. */
export type TokensOrKeys = readonly number[] | Uint32Array | readonly BlockKey[];

/** Of `put` and `get`; `deadlineMs` is that of each page. */
export interface PageCallOptions extends CallScope {
  /** `asked`: results in the order of the pages (the default). `arrival`: as they come. */
  readonly order?: ResultOrder;
  /** Pages under way, or whose result waits to be taken. Default: the client's limit `pagesUnderWay`. */
  readonly underWayMax?: number;
}

export interface GetOptions extends PageCallOptions {
  /**
   * Gives the buffers that a page is copied into, each as long as K (or V) of a page. They are the caller's
   * again when the page's result is there; so many as `underWayMax` are in use at once. Without it, each
   * page gets buffers of its own.
   */
  readonly into?: (page: PageId) => PageBuffers;
  /** Lends pages instead of copying them where worker and client share memory; results say which. */
  readonly lend?: boolean;
}

export interface BlocksParts {
  readonly cluster: ClusterView;
  readonly calls: PeerCalls;
  readonly defaults: CallDefaults;
  readonly exchange: PageExchange;
  readonly queries: PageQueries;
  readonly everyone: AllWorkers;
  readonly rootKey: () => Promise<BlockKey>;
  readonly sealing: () => Promise<Sealing | null>;
}

/**
 * Block mode: the KV of whole blocks, put and fetched by the hash of their prefix. A page is K and V of one
 * block in one layer; a block has a page in each layer of the model. All calls reject with a KvError:
 * `cancelled` and `timedOut` of their scope, `invalid` for arguments that make no sense, `unavailable` when
 * the coordinator is needed and away. What concerns one page is a result.
 */
export class Blocks {
  readonly #parts: BlocksParts;

  constructor(parts: BlocksParts) {
    this.#parts = parts;
  }

  /**
   * The keys of all whole blocks of `tokens`, for this tenant and the cluster's model; what is left over at
   * the end has no key. Each key names the block and all tokens before it.
   * @param tokens ids from 0 to 2^32 - 1.
   */
  async keys(tokens: readonly number[] | Uint32Array, scope: CallScope = {}): Promise<BlockKey[]> {
    if (!(tokens instanceof Uint32Array)) {
      const wrong = tokens.findIndex((id) => !Number.isInteger(id) || id < 0 || id > 0xffffffff);
      if (wrong !== -1) throw new KvError('invalid', `token ${wrong} is ${tokens[wrong]}, which is no id`);
    }
    const { geometry } = await this.#parts.cluster.model(scope);
    const [root, sealing] = await Promise.all([this.#parts.rootKey(), this.#parts.sealing()]);
    return blockKeysOf(root, tokens, geometry.blockTokens, sealing);
  }

  /**
   * The longest prefix that the cluster is believed to hold, so that decoding can go on after it. The
   * workers have the last word: a page of it may be gone by the time it is asked for.
   */
  async lookup(tokensOrKeys: TokensOrKeys, scope: CallScope = {}): Promise<LookupResult> {
    const keys = isKeys(tokensOrKeys) ? checkedKeys(tokensOrKeys) : await this.keys(tokensOrKeys, scope);
    const { cluster, calls } = this.#parts;
    const { namespace, geometry } = await cluster.model(scope);
    const message = { namespace, blocks: packBlockKeys(keys) };
    const answer = await calls.retried(coordinatorEndpoints.lookup, message, scope);
    cluster.noteEpoch(answer.epoch);
    const blocks = answer.cachedBlocks;
    return {
      blocks,
      tokens: blocks * geometry.blockTokens,
      keys,
      stages: answer.stages.map(({ layers, cachedBlocks }) => ({
        layers: { from: layers?.from ?? 0, to: layers?.to ?? 0 },
        blocks: cachedBlocks,
      })),
    };
  }

  /** Which pages some worker has whole; in the order of the pages. */
  async exists(pages: Iterable<PageId>, scope: CallScope = {}): Promise<ExistsResult[]> {
    return this.#parts.queries.exists([...pages].map(pageIdOf), scope);
  }

  /**
   * Stores pages. A repeat does no harm, so each is tried again while its worker cannot be reached. Stored
   * means: whole and visible to all; `flush` makes it survive a power loss.
   */
  put(
    pages: Iterable<PageToPut> | AsyncIterable<PageToPut>,
    options: PageCallOptions = {},
  ): Batch<PageToPut, PutResult> {
    return new Batch(pages, (page, signal) => this.#put(page, signal, options), this.#batch(options));
  }

  /** Fetches pages, verified against their checksums. */
  get(pages: Iterable<PageId> | AsyncIterable<PageId>, options: GetOptions = {}): Batch<PageId, GetResult> {
    const discard = (result: GetResult) => {
      if (result.kind === 'hit' && result.form === 'lent') result.lent.release();
    };
    return new Batch(pages, (page, signal) => this.#get(page, signal, options), {
      ...this.#batch(options),
      discard,
    });
  }

  /** Removes all pages of blocks, on all workers, but for those that are held. Tried once. */
  async remove(keys: readonly BlockKey[], scope: CallScope = {}): Promise<RemoveResult> {
    return this.#parts.everyone.remove(checkedKeys(keys), scope);
  }

  /**
   * Keeps blocks from being dropped for `ttlMs` milliseconds; pinning again starts the time anew. Workers
   * hear of it with their next heartbeat.
   * @returns how many blocks are pinned by it.
   */
  async pin(keys: readonly BlockKey[], options: CallScope & { readonly ttlMs: number }): Promise<number> {
    if (!(options.ttlMs > 0))
      throw new KvError('invalid', `a pin of ${options.ttlMs} ms; use unpin to end one`);
    return this.#pin(keys, Math.ceil(options.ttlMs), options);
  }

  /** Ends the pins of blocks. @returns how many were pinned. */
  async unpin(keys: readonly BlockKey[], scope: CallScope = {}): Promise<number> {
    return this.#pin(keys, 0, scope);
  }

  /** Brings blocks from disk to memory ahead of use. */
  async prefetch(keys: readonly BlockKey[], scope: CallScope = {}): Promise<PrefetchResult> {
    return this.#parts.everyone.prefetch(checkedKeys(keys), scope);
  }

  /** Waits until all that was stored before would survive a power loss. */
  async flush(scope: CallScope = {}): Promise<FlushResult> {
    return this.#parts.everyone.flush(scope);
  }

  /** What each worker says of its tiers, calls and lanes. */
  async stats(scope: CallScope = {}): Promise<WorkersStats> {
    return this.#parts.everyone.stats(scope);
  }

  /** Where the pages of a block are on each worker, when they came, why they moved and why they were dropped. */
  async explain(key: BlockKey, scope: CallScope = {}): Promise<BlockExplanation> {
    const [block] = checkedKeys([key]);
    return this.#parts.everyone.explain(block!, scope);
  }

  async #pin(keys: readonly BlockKey[], ttlMs: number, scope: CallScope): Promise<number> {
    const { namespace } = await this.#parts.cluster.model(scope);
    const message = { namespace, blocks: packBlockKeys(checkedKeys(keys)), ttlMs };
    return (await this.#parts.calls.request(coordinatorEndpoints.pin, message, scope)).blocks;
  }

  #batch({ order = 'asked', underWayMax, signal }: PageCallOptions) {
    const max = underWayMax ?? this.#parts.defaults.limits.pagesUnderWay;
    if (!Number.isInteger(max) || max < 1)
      throw new KvError('invalid', `underWayMax is ${max}; use 1 or more`);
    return { order, underWayMax: max, signal };
  }

  async #put(page: PageToPut, signal: AbortSignal, { deadlineMs }: PageCallOptions): Promise<PutResult> {
    const id = pageIdOf(page);
    const { geometry } = await this.#parts.cluster.model({ signal });
    const view = viewOf(page, geometry);
    const { blockIndex, checksum = pageChecksum(view) } = page;
    const outcome = await this.#within(signal, deadlineMs, (deadline) =>
      this.#parts.exchange.put({ id, view, blockIndex, checksum }, deadline),
    );
    return { ...outcome, page: id };
  }

  async #get(page: PageId, signal: AbortSignal, options: GetOptions): Promise<GetResult> {
    const id = pageIdOf(page);
    const { geometry } = await this.#parts.cluster.model({ signal });
    const { into, lend = false, deadlineMs } = options;
    const wish = {
      into: () => (into === undefined ? newPageView(geometry) : viewOf(into(page), geometry)),
      lend,
    };
    const outcome = await this.#within(signal, deadlineMs, (deadline) =>
      this.#parts.exchange.get(id, wish, deadline),
    );
    return getResult(id, outcome);
  }

  async #within<T>(
    signal: AbortSignal,
    deadlineMs: number | undefined,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const { timing, deadlineMs: usual } = this.#parts.defaults;
    const deadline = new Deadline(timing, deadlineMs ?? usual, signal);
    try {
      return await work(deadline);
    } finally {
      deadline.dispose();
    }
  }
}

function isKeys(list: TokensOrKeys): list is readonly BlockKey[] {
  return typeof list[0] === 'string';
}

/** @throws KvError `invalid` for what is no key. */
function checkedKeys(keys: readonly BlockKey[]): readonly BlockKey[] {
  const wrong = keys.findIndex((key) => !isBlockKey(key));
  if (wrong === -1) return keys;
  throw new KvError('invalid', `key ${wrong} is "${keys[wrong]}"; a block key is 64 hex digits`);
}

function pageIdOf({ block, layer }: PageId): PageId {
  checkedKeys([block]);
  return { block, layer };
}

function viewOf({ k, v }: PageBuffers, geometry: Geometry): PageView {
  const view = { k: bytesOf(k), v: bytesOf(v) };
  const halfBytes = halfPageBytes(geometry);
  if (view.k.length === halfBytes && view.v.length === halfBytes) return view;
  throw new KvError(
    'invalid',
    `K and V of a page have ${halfBytes} bytes each here, not ${view.k.length} and ${view.v.length}`,
  );
}

function getResult(page: PageId, outcome: PageFetch): GetResult {
  switch (outcome.kind) {
    case 'hit': {
      const { view, blockIndex, checksum } = outcome;
      return { kind: 'hit', form: 'copied', page, blockIndex, checksum, k: view.k, v: view.v };
    }
    case 'lent':
      return { kind: 'hit', form: 'lent', page, lent: outcome.page };
    default:
      return { ...outcome, page };
  }
}
