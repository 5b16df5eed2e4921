import type { ServedLaneFigures } from '../transfer/laneServer.js';

/** Pages moved on the streams of one peer. */
export interface StreamFigures {
  outPages: number;
  outBytes: number;
  inPages: number;
  inBytes: number;
}

interface Streams {
  open: number;
  readonly figures: StreamFigures;
}

/** The peers that move pages over gRPC now: what operators see beside the other lanes. */
export class PageStreams {
  readonly #peers = new Map<string, Streams>();
  readonly #closed: (lane: ServedLaneFigures) => void;

  /** @param closed told of what a peer has moved when its last stream has ended. */
  constructor(closed: (lane: ServedLaneFigures) => void) {
    this.#closed = closed;
  }

  /** Runs a stream of a peer; its figures count together with those of the peer's other streams. */
  async run(peer: string, stream: (figures: StreamFigures) => Promise<void>): Promise<void> {
    const streams = this.#peers.get(peer) ?? {
      open: 0,
      figures: { outPages: 0, outBytes: 0, inPages: 0, inBytes: 0 },
    };
    this.#peers.set(peer, streams);
    streams.open += 1;
    try {
      await stream(streams.figures);
    } finally {
      streams.open -= 1;
      if (streams.open === 0) {
        this.#peers.delete(peer);
        this.#closed(laneOf(peer, streams));
      }
    }
  }

  /** By address of the peer. */
  figures(): ServedLaneFigures[] {
    return [...this.#peers].map(([peer, streams]) => laneOf(peer, streams));
  }
}

function laneOf(peer: string, { figures }: Streams): ServedLaneFigures {
  return { peer, kind: 'grpc', lentSlots: 0, ...figures };
}
