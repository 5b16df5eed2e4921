import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { LaneGet, LaneLend, LanePut, LaneTrouble, SealedPage } from '../transfer/lane.js';
import type { LanePool } from '../transfer/lanePool.js';
import { backoffMs } from './backoff.js';
import type { BlockLocator } from './blockLocator.js';
import type { Deadline } from './callScope.js';
import type { ClientLimits } from './clientLimits.js';
import type { ClusterDescription, WorkerDescription } from './clusterDescription.js';
import type { ClusterView } from './clusterView.js';
import { rendezvous } from './rendezvous.js';
import type { Timing } from './timing.js';

/** An open lane to each worker, by the address of its gRPC server. */
export type Lanes = Pick<LanePool, 'use'>;

export interface ExchangeParts {
  readonly cluster: ClusterView;
  readonly lanes: Lanes;
  readonly locator: BlockLocator;
  readonly limits: ClientLimits;
  readonly timing: Timing;
}

/** How a page is to come: copied into what `into` gives, which is asked once, or lent where that can be. */
export interface PageWish {
  readonly into: () => PageView;
  readonly lend: boolean;
}

export type PageFetch =
  | (Extract<LaneGet, { kind: 'hit' }> & { readonly view: PageView })
  | Exclude<LaneGet, { kind: 'hit' }>
  | Extract<LaneLend, { kind: 'lent' }>;

type Outcome = PageFetch | LanePut;

/** Of several workers' answers that are no hit, the first of these kinds says most. */
const sayingMost: readonly string[] = ['throttled', 'unavailable', 'corrupt', 'miss'];

/** One page at a time, to and from whichever worker it belongs to, tried again while that helps. */
export class PageExchange {
  readonly #parts: ExchangeParts;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** @throws KvError `invalid` for a layer that the model does not have, or what the caller's signal says. */
  get(page: PageId, wish: PageWish, deadline: Deadline): Promise<PageFetch> {
    let view: PageView | undefined;
    const into = () => {
      view ??= wish.into();
      return view;
    };
    return this.#persist<PageFetch>(page, deadline, async (workers, first) => {
      const outcome = await this.#getFrom(first, page, { into, lend: wish.lend }, deadline);
      if (workers.length === 1 || isFound(outcome) || outcome.kind === 'throttled') return outcome;
      return this.#getFromOthers(workers, first, outcome, page, { into, lend: wish.lend }, deadline);
    });
  }

  /** @throws as `get`. */
  put(page: SealedPage, deadline: Deadline): Promise<LanePut> {
    return this.#persist<LanePut>(page.id, deadline, async (_workers, { address }) => {
      const use = await this.#parts.lanes.use(address, deadline.signal);
      return use.kind === 'open' ? use.lane.put(page, deadline.signal) : use;
    });
  }

  /** Whoever else is believed to hold the block: it may have come by another way, or from another client. */
  async #getFromOthers(
    workers: readonly WorkerDescription[],
    first: WorkerDescription,
    answer: PageFetch,
    page: PageId,
    wish: PageWish,
    deadline: Deadline,
  ): Promise<PageFetch> {
    let outcome = answer;
    const located = deadline.within(this.#parts.locator.holders(page.block));
    // Where nobody can say who holds it, all are asked: a page is missing only when no worker has it.
    const holders = await located.catch(() => workers.map(({ id }) => id));
    deadline.check();
    for (const id of holders) {
      const worker = workers.find((one) => one.id === id);
      if (worker === undefined || worker === first) continue;
      const next = await this.#getFrom(worker, page, wish, deadline);
      if (isFound(next)) return next;
      const rank = ({ kind }: PageFetch) => sayingMost.indexOf(kind);
      if (rank(next) < rank(outcome)) outcome = next;
    }
    return outcome;
  }

  async #getFrom(
    { address }: WorkerDescription,
    page: PageId,
    wish: PageWish,
    deadline: Deadline,
  ): Promise<PageFetch> {
    const use = await this.#parts.lanes.use(address, deadline.signal);
    if (use.kind !== 'open') return use;
    const { lane } = use;
    if (wish.lend && lane.lend !== null) return lane.lend(page, deadline.signal);
    const view = wish.into();
    const got = await lane.get(page, view, deadline.signal);
    return got.kind === 'hit' ? { ...got, view } : got;
  }

  /** Repeats `attempt` while its outcome may be another the next time and the bounds allow it. */
  async #persist<T extends Outcome>(
    page: PageId,
    deadline: Deadline,
    attempt: (workers: Workers, first: WorkerDescription) => Promise<T | LaneTrouble>,
  ): Promise<T | LaneTrouble> {
    const { cluster, limits, timing } = this.#parts;
    let waitLeftMs = limits.throttledWaitMaxMs;
    for (let tries = 1; ; ) {
      const { outcome, seen } = await this.#once(page, deadline, attempt);
      let pauseMs = 0;
      if (isThrottled(outcome)) {
        if (waitLeftMs <= 0) return outcome;
        pauseMs = Math.min(waitLeftMs, Math.max(1, outcome.retryAfterMs) * (1 + timing.fraction() / 2));
        waitLeftMs -= pauseMs;
      } else if (isUnavailable(outcome)) {
        if (seen !== null) cluster.distrust(seen);
        if (tries >= limits.attemptsMax || deadline.signal.aborted || isFinal(outcome.cause)) return outcome;
        pauseMs = backoffMs(tries, timing.fraction(), limits);
        tries += 1;
      } else return outcome;
      try {
        await deadline.pause(pauseMs);
      } catch (thrown) {
        if (deadline.isCancelled) throw thrown;
        return outcome; // there is no time to try again
      }
    }
  }

  async #once<T extends Outcome>(
    { block, layer }: PageId,
    deadline: Deadline,
    attempt: (workers: Workers, first: WorkerDescription) => Promise<T | LaneTrouble>,
  ): Promise<{ readonly outcome: T | LaneTrouble; readonly seen: ClusterDescription | null }> {
    let seen: ClusterDescription | null = null;
    try {
      const routes = await this.#parts.cluster.routes(deadline);
      seen = routes.cluster;
      const workers = routes.workersOf(layer);
      if (!isSome(workers)) {
        throw new KvError('unavailable', `no ready worker has layer ${layer}`, { context: { layer } });
      }
      return { outcome: await attempt(workers, rendezvous(block, workers)), seen };
    } catch (thrown) {
      const cause = KvError.from(thrown);
      if (deadline.isCancelled || isFinal(cause)) throw cause;
      return { outcome: { kind: 'unavailable', cause }, seen };
    }
  }
}

type Workers = readonly [WorkerDescription, ...WorkerDescription[]];

const isSome = (workers: readonly WorkerDescription[]): workers is Workers => workers.length > 0;

const isFound = ({ kind }: PageFetch): boolean => kind === 'hit' || kind === 'lent';

const isThrottled = (outcome: Outcome): outcome is Extract<LaneTrouble, { kind: 'throttled' }> =>
  outcome.kind === 'throttled';

const isUnavailable = (outcome: Outcome): outcome is Extract<LaneTrouble, { kind: 'unavailable' }> =>
  outcome.kind === 'unavailable';

/** Another try would end the same way. */
const isFinal = ({ kind }: KvError): boolean =>
  kind === 'denied' || kind === 'invalid' || kind === 'unsupported' || kind === 'internal';
