import PQueue from 'p-queue';
import { KvError } from '../core/errors.js';
import type { Cancel, Clock } from '../core/ports/clock.js';
import type { CallContext, Duplex, Network } from '../core/ports/network.js';
import type { CopyBlocksRequest__Output } from '../rpc/gen/kvtide/v1/CopyBlocksRequest.js';
import type { CopyProgress } from '../rpc/gen/kvtide/v1/CopyProgress.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { Lane } from '../transfer/lane.js';
import { openLane } from '../transfer/openLane.js';
import type { TransferEngine } from '../transfer/transferEngine.js';
import { BlockCopy } from './blockCopy.js';
import type { CopyLimits } from './copyLimits.js';
import type { LaneTraffic } from './laneTraffic.js';
import type { PageNaming } from './pageNaming.js';
import type { WorkerLaneOptions } from './workerLanes.js';

type CopyStream = Duplex<CopyBlocksRequest__Output, CopyProgress>;

export interface CopyCallsParts {
  /** This worker, as the other side knows it then. */
  readonly worker: string;
  readonly stack: TierStack;
  readonly engine: TransferEngine;
  readonly naming: PageNaming;
  /** Bytes of K, and of V. */
  readonly halfBytes: number;
  readonly network: Network;
  readonly clock: Clock;
  readonly lanes: WorkerLaneOptions;
  readonly traffic: LaneTraffic;
  readonly limits: CopyLimits;
}

/** The call CopyBlocks: this worker fetches what another one of its layers has. */
export class CopyCalls {
  readonly #parts: CopyCallsParts;
  readonly #turns: PQueue;
  /** Pages that come from elsewhere are numbered below all that the tiers number. */
  #lastKey = 0;

  constructor(parts: CopyCallsParts) {
    this.#parts = parts;
    this.#turns = new PQueue({ concurrency: parts.limits.pagesOfAllCopiesMax });
  }

  /**
   * Copies what the messages name and tells progress. A source that goes away ends the call with an error,
   * after a last message with the counts.
   */
  async copy(stream: CopyStream, call: CallContext): Promise<void> {
    let run: CopyRun | null = null;
    try {
      for await (const { namespace, source, address, blocks } of stream) {
        this.#parts.naming.check(namespace);
        run ??= await this.#begin(stream, call, source, address);
        await run.add(this.#parts.naming.blocksOf(namespace, blocks));
      }
      if (run === null) throw new KvError('invalid', 'a copy begins with a message that says from where');
      await run.end();
    } finally {
      await run?.close();
    }
  }

  async #begin(stream: CopyStream, call: CallContext, source: string, address: string): Promise<CopyRun> {
    const { network, naming, worker, lanes, halfBytes, clock } = this.#parts;
    const peer = network.dial(address);
    try {
      const lane = await openLane({
        peer,
        namespace: naming.namespace,
        name: worker,
        allowed: lanes.allowed,
        halfBytes,
        call: { tenant: call.tenant, requestId: call.requestId, signal: call.signal },
        limits: lanes.limits,
        clock,
      });
      return new CopyRun(stream, lane, source, this.#copyOver(lane, call.signal), this.#parts, () =>
        peer.close(),
      );
    } catch (thrown) {
      peer.close();
      throw thrown;
    }
  }

  #copyOver(lane: Lane, signal: AbortSignal): BlockCopy {
    const { stack, engine, naming, halfBytes, clock, limits } = this.#parts;
    return new BlockCopy({
      host: stack,
      has: (id) => stack.has(id),
      pagesOf: (block) => naming.pagesOf(block),
      nextKey: () => {
        this.#lastKey -= 1;
        return this.#lastKey;
      },
      engine,
      turns: this.#turns,
      lane,
      halfBytes,
      clock,
      limits,
      signal,
    });
  }
}

/** One copy, from the first message to the last. */
class CopyRun {
  readonly #stream: CopyStream;
  readonly #lane: Lane;
  readonly #source: string;
  readonly #copy: BlockCopy;
  readonly #parts: Pick<CopyCallsParts, 'clock' | 'limits'>;
  readonly #hangUp: () => void;
  readonly #untrack: () => void;
  #stopTimer: Cancel = () => {};
  #isOver = false;

  constructor(
    stream: CopyStream,
    lane: Lane,
    source: string,
    copy: BlockCopy,
    parts: Pick<CopyCallsParts, 'clock' | 'limits' | 'traffic'>,
    hangUp: () => void,
  ) {
    this.#stream = stream;
    this.#lane = lane;
    this.#source = source;
    this.#copy = copy;
    this.#parts = parts;
    this.#hangUp = hangUp;
    this.#untrack = parts.traffic.opened(lane, source);
    this.#tellLater();
  }

  async add(blocks: readonly Parameters<BlockCopy['add']>[0][]): Promise<void> {
    for (const block of blocks) await this.#copy.add(block);
  }

  /** @throws KvError `unavailable` with the counts when the source went away. */
  async end(): Promise<void> {
    await this.#copy.end();
    this.#stopTelling();
    await this.#tell(true);
    const { gone, counts } = this.#copy;
    if (gone === null) return;
    const { pagesTotal, pagesCopied, pagesPresent } = counts;
    const message =
      `worker ${this.#source} at ${this.#lane.peer} gave ${pagesCopied} of ${pagesTotal} pages ` +
      `(${pagesPresent} were here before) and cannot be reached any more: ${gone.message}`;
    throw new KvError('unavailable', message, {
      context: { source: this.#source, pagesTotal, pagesCopied },
      cause: gone,
    });
  }

  async close(): Promise<void> {
    this.#stopTelling();
    this.#untrack();
    await this.#lane.close();
    this.#hangUp();
  }

  #stopTelling(): void {
    this.#isOver = true;
    this.#stopTimer();
  }

  #tellLater(): void {
    if (this.#isOver) return;
    const { clock, limits } = this.#parts;
    this.#stopTimer = clock.setTimer(limits.progressMs, () => {
      // One at a time: who reads slowly hears less often.
      this.#tell(false).then(
        () => this.#tellLater(),
        () => {}, // nobody hears it any more, which the call itself finds out
      );
    });
  }

  #tell(done: boolean): Promise<void> {
    return this.#stream.send({ ...this.#copy.counts, lane: this.#lane.kind, done });
  }
}
