import type { CallContext, Duplex } from '../core/ports/network.js';
import type { GetPageRequest__Output } from '../rpc/gen/kvtide/v1/GetPageRequest.js';
import type { GetPageResponse } from '../rpc/gen/kvtide/v1/GetPageResponse.js';
import type { PutPageRequest__Output } from '../rpc/gen/kvtide/v1/PutPageRequest.js';
import type { PutPageResponse } from '../rpc/gen/kvtide/v1/PutPageResponse.js';
import type { ServedLaneFigures } from '../transfer/laneServer.js';
import type { PageHost } from '../transfer/pageHost.js';
import { gatedHost } from './gatedHost.js';
import { GetPagesCall } from './getPagesCall.js';
import type { PageStreamParts } from './pageStreamParts.js';
import { PageStreams } from './pageStreams.js';
import { PutPagesCall } from './putPagesCall.js';

export interface PageCallsParts extends Omit<PageStreamParts, 'host'> {
  /** The pages as a tenant may see them. @throws KvError `denied` for one that is not served. */
  hostOf(tenant: string): PageHost;
}

/** Pages by key, for whoever computes KV elsewhere: the calls PutPages and GetPages. */
export class PageCalls {
  readonly #parts: PageCallsParts;
  readonly #streams: PageStreams;

  /** @param closed told of what a peer has moved when its last stream has ended. */
  constructor(parts: PageCallsParts, closed: (lane: ServedLaneFigures) => void) {
    this.#parts = parts;
    this.#streams = new PageStreams(closed);
  }

  put(stream: Duplex<PutPageRequest__Output, PutPageResponse>, call: CallContext): Promise<void> {
    return this.#streams.run(call.peer, (figures) =>
      new PutPagesCall(this.#partsOf(call), stream, figures).run(call.signal),
    );
  }

  get(stream: Duplex<GetPageRequest__Output, GetPageResponse>, call: CallContext): Promise<void> {
    return this.#streams.run(call.peer, (figures) =>
      new GetPagesCall(this.#partsOf(call), stream, figures).run(call.signal),
    );
  }

  /** What moved over the streams that are open now, by address of the peer. */
  figures(): ServedLaneFigures[] {
    return this.#streams.figures();
  }

  #partsOf({ tenant, peer }: CallContext): PageStreamParts {
    const { hostOf, naming, clock, limits, gate } = this.#parts;
    const host = hostOf(tenant);
    // A stream has no deadline: what waits for it is bounded by the gate.
    const caller = { client: peer, leftMs: Number.POSITIVE_INFINITY };
    return { host: gate === undefined ? host : gatedHost(host, gate, caller), naming, clock, limits };
  }
}
