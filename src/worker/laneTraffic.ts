import type { Lane } from '../transfer/lane.js';
import { type LaneKind, laneKinds } from '../transfer/laneKind.js';
import type { ServedLaneFigures } from '../transfer/laneServer.js';

/** One lane that is open, as operators see it. */
export interface LaneInUse extends ServedLaneFigures {
  /** Whether this worker opened it; otherwise the peer did. */
  readonly openedHere: boolean;
}

/** What all lanes of one kind moved since the worker started, and how many are open. */
export interface LaneKindTotals {
  readonly kind: LaneKind;
  readonly connections: number;
  readonly outPages: number;
  readonly outBytes: number;
  readonly inPages: number;
  readonly inBytes: number;
}

type Moved = Omit<LaneKindTotals, 'kind' | 'connections'>;

/** The lanes of a worker, those that it serves and those that it opened, and what they and older ones moved. */
export class LaneTraffic {
  readonly #served: (() => readonly ServedLaneFigures[])[];
  /** By lane, under the name of who is at the other end. */
  readonly #opened = new Map<Lane, string>();
  readonly #gone = new Map<LaneKind, Moved>();

  /** @param served the connections that are open now. */
  constructor(served: () => readonly ServedLaneFigures[]) {
    this.#served = [served];
  }

  /** Another source of lanes that this worker serves. */
  serve(served: () => readonly ServedLaneFigures[]): void {
    this.#served.push(served);
  }

  /** A lane was opened to `peer`; call what comes back when it is closed. */
  opened(lane: Lane, peer: string): () => void {
    this.#opened.set(lane, peer);
    return () => {
      if (this.#opened.delete(lane)) this.closed(figuresOf(lane, peer));
    };
  }

  /** A lane ended: what it moved goes on counting. */
  closed(lane: ServedLaneFigures): void {
    this.#gone.set(lane.kind, sum(this.#gone.get(lane.kind) ?? nothing, lane));
  }

  lanes(): LaneInUse[] {
    return [
      ...this.#served.flatMap((served) => served()).map((lane) => ({ ...lane, openedHere: false })),
      ...[...this.#opened].map(([lane, peer]) => ({ ...figuresOf(lane, peer), openedHere: true })),
    ];
  }

  totals(): LaneKindTotals[] {
    const lanes = this.lanes();
    return laneKinds.map((kind) => {
      const open = lanes.filter((lane) => lane.kind === kind);
      return { kind, connections: open.length, ...open.reduce<Moved>(sum, this.#gone.get(kind) ?? nothing) };
    });
  }
}

const nothing: Moved = { outPages: 0, outBytes: 0, inPages: 0, inBytes: 0 };

function sum(a: Moved, b: Moved): Moved {
  return {
    outPages: a.outPages + b.outPages,
    outBytes: a.outBytes + b.outBytes,
    inPages: a.inPages + b.inPages,
    inBytes: a.inBytes + b.inBytes,
  };
}

function figuresOf({ kind, figures }: Lane, peer: string): ServedLaneFigures {
  const { gotPages, gotBytes, putPages, putBytes } = figures;
  return {
    peer,
    kind,
    inPages: gotPages,
    inBytes: gotBytes,
    outPages: putPages,
    outBytes: putBytes,
    lentSlots: 0,
  };
}
