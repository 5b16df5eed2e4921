import type { Metrics } from './metrics.js';

/** What all lanes of one kind moved, and how many are open. */
export interface LaneTotals {
  readonly kind: string;
  readonly connections: number;
  readonly outPages: number;
  readonly outBytes: number;
  readonly inPages: number;
  readonly inBytes: number;
}

/** One lane that is open. */
export interface OpenLane {
  readonly peer: string;
  readonly kind: string;
  /** Slots that the peer has on loan. */
  readonly lentSlots: number;
}

/** Where the figures of a worker's lanes are read at every scrape. */
export interface LaneFigures {
  totals(): readonly LaneTotals[];
  lanes(): readonly OpenLane[];
}

/** Peers with a time series of their own; further ones are counted together. */
const peersMax = 64;
const otherPeers = 'other';

/** Adds the figures of a worker's lanes; once. `in` is towards this worker. */
export function addLaneMetrics(metrics: Metrics, figures: LaneFigures): void {
  const labels = ['kind', 'direction'] as const;
  metrics.readCounter('kvtide_lane_bytes_total', 'Bytes of whole pages, by lane.', labels, (counter) => {
    for (const { kind, inBytes, outBytes } of figures.totals()) {
      counter.inc({ kind, direction: 'in' }, inBytes);
      counter.inc({ kind, direction: 'out' }, outBytes);
    }
  });
  metrics.readCounter('kvtide_lane_pages_total', 'Whole pages, by lane.', labels, (counter) => {
    for (const { kind, inPages, outPages } of figures.totals()) {
      counter.inc({ kind, direction: 'in' }, inPages);
      counter.inc({ kind, direction: 'out' }, outPages);
    }
  });
  metrics.gauge('kvtide_lane_connections', 'Lanes that are open.', ['kind'], (gauge) => {
    for (const { kind, connections } of figures.totals()) gauge.set({ kind }, connections);
  });
  metrics.gauge('kvtide_lane_peer', 'Lanes in use with each peer.', ['peer', 'kind'], (gauge) => {
    const known = new Set<string>();
    for (const { peer, kind } of figures.lanes()) {
      if (known.size < peersMax) known.add(peer);
      gauge.inc({ peer: known.has(peer) ? peer : otherPeers, kind });
    }
  });
  metrics.gauge('kvtide_lent_slots', 'Slots that peers have on loan.', [], (gauge) => {
    gauge.set(figures.lanes().reduce((sum, { lentSlots }) => sum + lentSlots, 0));
  });
}
