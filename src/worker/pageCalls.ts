import type { CallContext, Duplex } from '../core/ports/network.js';
import type { GetPageRequest__Output } from '../rpc/gen/kvtide/v1/GetPageRequest.js';
import type { GetPageResponse } from '../rpc/gen/kvtide/v1/GetPageResponse.js';
import type { PutPageRequest__Output } from '../rpc/gen/kvtide/v1/PutPageRequest.js';
import type { PutPageResponse } from '../rpc/gen/kvtide/v1/PutPageResponse.js';
import type { ServedLaneFigures } from '../transfer/laneServer.js';
import { gatedHost } from './gatedHost.js';
import { GetPagesCall } from './getPagesCall.js';
import type { PageStreamParts } from './pageStreamParts.js';
import { PageStreams } from './pageStreams.js';
import { PutPagesCall } from './putPagesCall.js';

/** Pages by key, for whoever computes KV elsewhere: the calls PutPages and GetPages. */
export class PageCalls {
  readonly #parts: PageStreamParts;
  readonly #streams: PageStreams;

  /** @param closed told of what a peer has moved when its last stream has ended. */
  constructor(parts: PageStreamParts, closed: (lane: ServedLaneFigures) => void) {
    this.#parts = parts;
    this.#streams = new PageStreams(closed);
  }

  put(stream: Duplex<PutPageRequest__Output, PutPageResponse>, call: CallContext): Promise<void> {
    return this.#streams.run(call.peer, (figures) =>
      new PutPagesCall(this.#partsFor(call), stream, figures).run(call.signal),
    );
  }

  get(stream: Duplex<GetPageRequest__Output, GetPageResponse>, call: CallContext): Promise<void> {
    return this.#streams.run(call.peer, (figures) =>
      new GetPagesCall(this.#partsFor(call), stream, figures).run(call.signal),
    );
  }

  /** What moved over the streams that are open now, by address of the peer. */
  figures(): ServedLaneFigures[] {
    return this.#streams.figures();
  }

  #partsFor({ peer }: CallContext): PageStreamParts {
    const { host, gate } = this.#parts;
    if (gate === undefined) return this.#parts;
    // A stream has no deadline: what waits for it is bounded by the gate.
    return {
      ...this.#parts,
      host: gatedHost(host, gate, { client: peer, leftMs: Number.POSITIVE_INFINITY }),
    };
  }
}
