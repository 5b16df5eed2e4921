import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { CallOptions, Peer } from '../core/ports/network.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { GetPageRequest } from '../rpc/gen/kvtide/v1/GetPageRequest.js';
import type { GetPageResponse__Output } from '../rpc/gen/kvtide/v1/GetPageResponse.js';
import type { PutPageRequest } from '../rpc/gen/kvtide/v1/PutPageRequest.js';
import type { PutPageResponse__Output } from '../rpc/gen/kvtide/v1/PutPageResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import { GetQuestion } from './getQuestion.js';
import type { Lane, LaneFigures, LaneGet, LanePut, SealedPage } from './lane.js';
import { defaultPartBytes } from './pageParts.js';
import { wrongSize } from './pageSize.js';
import { PutQuestion } from './putQuestion.js';
import { StreamLine, type StreamLineLimits } from './streamLine.js';

export interface GrpcLaneOptions {
  readonly namespace: string;
  /** Bytes of K (or V) of one page. */
  readonly halfBytes: number;
  /** Tenant and request id; its deadline and signal are those of single calls and do not end the lane. */
  readonly call: CallOptions;
  readonly limits: StreamLineLimits;
  readonly partBytes?: number;
  /** Called when the lane was closed or broke; perhaps more than once. */
  readonly ended?: () => void;
}

/** The lane that works wherever gRPC does: one long-lived stream of gets and one of puts to a worker. */
export class GrpcLane implements Lane {
  readonly kind = 'grpc';
  readonly peer: string;
  readonly lend = null;
  readonly #options: GrpcLaneOptions;
  readonly #partBytes: number;
  readonly #gets: StreamLine<GetPageResponse__Output, GetPageRequest>;
  readonly #puts: StreamLine<PutPageResponse__Output, PutPageRequest>;
  readonly #figures = { gotPages: 0, gotBytes: 0, putPages: 0, putBytes: 0, lentPages: 0 };

  private constructor(peer: Peer, options: GrpcLaneOptions) {
    const { tenant, requestId } = options.call;
    const call = { ...(tenant !== undefined && { tenant }), ...(requestId !== undefined && { requestId }) };
    const broke = (cause: KvError): void => this.#end(cause);
    this.peer = peer.address;
    this.#options = options;
    this.#partBytes = options.partBytes ?? defaultPartBytes;
    const { limits } = options;
    this.#gets = new StreamLine(() => peer.stream(workerEndpoints.getPages, call), limits, broke);
    this.#puts = new StreamLine(() => peer.stream(workerEndpoints.putPages, call), limits, broke);
  }

  /** Opens nothing yet: each stream begins with its first page. The peer stays the caller's. */
  static open(peer: Peer, options: GrpcLaneOptions): GrpcLane {
    return new GrpcLane(peer, options);
  }

  get figures(): LaneFigures {
    return { ...this.#figures };
  }

  get isOpen(): boolean {
    return this.#gets.isOpen && this.#puts.isOpen;
  }

  async get(id: PageId, into: PageView, signal?: AbortSignal): Promise<LaneGet> {
    const { namespace, halfBytes } = this.#options;
    const wrong = wrongSize(into, halfBytes);
    if (wrong !== null) return wrong;
    const partBytes = 2 * halfBytes <= this.#partBytes ? 0 : this.#partBytes;
    const request: GetPageRequest = { protocol: ownProtocol(), namespace, partBytes };
    const got = await this.#gets.ask(new GetQuestion(id, request, into), signal);
    if (got.kind === 'hit') {
      this.#figures.gotPages += 1;
      this.#figures.gotBytes += 2 * halfBytes;
    }
    return got;
  }

  async put(page: SealedPage, signal?: AbortSignal): Promise<LanePut> {
    const { namespace, halfBytes } = this.#options;
    const wrong = wrongSize(page.view, halfBytes);
    if (wrong !== null) return wrong;
    const request: PutPageRequest = { protocol: ownProtocol(), namespace };
    const put = await this.#puts.ask(new PutQuestion(page, request, this.#partBytes), signal);
    if (put.kind === 'stored') {
      this.#figures.putPages += 1;
      this.#figures.putBytes += 2 * halfBytes;
    }
    return put;
  }

  async close(): Promise<void> {
    this.#end(new KvError('unavailable', `the lane to ${this.peer} was closed`));
  }

  #end(cause: KvError): void {
    this.#options.ended?.();
    this.#gets.close(cause);
    this.#puts.close(cause);
  }
}
