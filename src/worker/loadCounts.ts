import type { TierName } from '../core/tierName.js';

/** What was brought to the device for one step, by the tier that it came from. */
export interface LoadTrace {
  readonly loadMs: number;
  readonly pages: Readonly<Record<TierName, number>>;
  readonly bytes: Readonly<Record<TierName, number>>;
}

interface PartLoads {
  loadMs: number;
  readonly pages: Record<TierName, number>;
  readonly bytes: Record<TierName, number>;
}

/** What was brought for each part of a job. */
export class LoadCounts {
  readonly #pageBytes: number;
  readonly #loads: PartLoads[] = [];

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  add(part: number, from: TierName, ms: number): void {
    const loads = this.of(part);
    loads.loadMs += ms;
    loads.pages[from] += 1;
    loads.bytes[from] += this.#pageBytes;
  }

  of(part: number): PartLoads {
    this.#loads[part] ??= { loadMs: 0, pages: noneByTier(), bytes: noneByTier() };
    return this.#loads[part];
  }
}

function noneByTier(): Record<TierName, number> {
  return { device: 0, pinned: 0, disk: 0 };
}
