import { createHash } from 'node:crypto';
import { type FaultCounts, faultKinds, noFaults } from './faultKinds.js';
import type { SeedReport } from './runSeed.js';

/** What the runs of many seeds come to. */
export interface CampaignReport {
  readonly seeds: number;
  readonly events: number;
  readonly faults: FaultCounts;
  readonly requests: { readonly ended: number; readonly recomputed: number };
  readonly violations: number;
  /** Of the traces of all seeds, in their order. */
  readonly traceSha256: string;
}

export class Campaign {
  readonly #reports = new Map<number, SeedReport>();

  add(report: SeedReport): void {
    this.#reports.set(report.seed, report);
  }

  report(): CampaignReport {
    const reports = [...this.#reports.values()].sort((a, b) => a.seed - b.seed);
    const hash = createHash('sha256');
    const faults = noFaults();
    let events = 0;
    let ended = 0;
    let recomputed = 0;
    let violations = 0;
    for (const report of reports) {
      hash.update(`${report.seed} ${report.traceSha256}\n`);
      for (const kind of faultKinds) faults[kind] += report.faults[kind];
      events += report.events;
      ended += report.ended;
      recomputed += report.recomputed;
      violations += report.broken;
    }
    return {
      seeds: reports.length,
      events,
      faults,
      requests: { ended, recomputed },
      violations,
      traceSha256: hash.digest('hex'),
    };
  }
}
