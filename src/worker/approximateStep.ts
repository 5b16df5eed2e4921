import type { BlockSpan } from '../core/blockSpan.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { Queries } from '../device/attentionKernel.js';
import { AttentionMass } from '../device/attentionMass.js';
import { BoundsTable } from '../device/boundsTable.js';
import { boundsLength, keyBounds } from '../device/keyBounds.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import { PageScores } from '../device/pageScores.js';
import { pagesOfShare } from '../policy/pageShare.js';
import { pageWeights, topPages } from '../policy/topPages.js';
import type { ApproximateDone, BoundedJob, JobApproximation } from './approximation.js';

/** What approximate steps of one worker share: bounds outlive the sequences that their pages were read for. */
export class KnownBounds {
  readonly table: BoundsTable;

  constructor(
    readonly geometry: Geometry,
    readonly range: LayerRange,
    private readonly planes: PagePlanes,
  ) {
    this.table = new BoundsTable(boundsLength(geometry));
  }

  /** Of the page in a slot, all of whose rows are written. */
  ofSlot(slot: number): Float32Array {
    return keyBounds(this.planes.k(slot, 1), this.geometry);
  }
}

/** The compute thread's side of one step in an approximate mode. */
export class ApproximateStep {
  readonly leftOut: readonly (readonly BlockSpan[])[];
  readonly mass: AttentionMass | undefined;
  readonly #bounded: BoundedJob | null;
  readonly #known: KnownBounds;
  /** Pages listed that were not chosen. */
  leftOutPages = 0;

  constructor({ leftOut, bounded, wantsMass }: JobApproximation, known: KnownBounds) {
    this.leftOut = leftOut;
    this.mass = wantsMass ? new AttentionMass() : undefined;
    this.#bounded = bounded;
    this.#known = known;
    for (const { handle, stamp, bounds } of bounded?.sealed ?? []) known.table.put(handle, stamp, bounds);
  }

  /**
   * Chooses among the pages listed of a layer, an index into the range: 1 for those that are read, null when all
   * are. A page of which no bounds are known is read, and has some then.
   */
  choose(index: number, queries: Queries): Uint8Array | null {
    const share = this.#bounded?.share;
    const listed = this.#bounded?.layers[index];
    if (share == null || listed == null || listed.handles.length === 0) return null;
    const { handles, stamps } = listed;
    const { table, geometry } = this.#known;
    const scores = new PageScores(queries, geometry.kvHeads, geometry.headDim);
    const chosen = new Uint8Array(handles.length).fill(1);
    const candidates: number[] = [];
    const limits = new Float64Array(handles.length * scores.rows);
    for (let at = 0; at < handles.length; at += 1) {
      const row = table.rowOf(handles[at]!, stamps[at]!);
      if (row < 0) continue;
      scores.write(table.chunkOf(row), table.offsetOf(row), limits, candidates.length * scores.rows);
      candidates.push(at);
    }
    const weights = pageWeights(limits.subarray(0, candidates.length * scores.rows), scores.rows);
    topPages(weights, pagesOfShare(share, candidates.length)).forEach((isRead, at) => {
      chosen[candidates[at]!] = isRead;
      if (isRead === 0) this.leftOutPages += 1;
    });
    return chosen;
  }

  /** The page listed at `at` in a layer lies in a slot and was read. */
  read(index: number, at: number, slot: number): void {
    const listed = this.#bounded?.layers[index];
    if (listed == null) return;
    const handle = listed.handles[at]!;
    const stamp = listed.stamps[at]!;
    const { table } = this.#known;
    if (table.rowOf(handle, stamp) < 0) table.put(handle, stamp, this.#known.ofSlot(slot));
  }

  /** @param end the position behind the step. */
  done(tails: Int32Array, end: number): ApproximateDone {
    const { geometry, range } = this.#known;
    const isWhole = this.#bounded !== null && end % geometry.blockTokens === 0;
    const bounds = (slot: number, index: number) =>
      geometry.layers[range.from + index]!.kind === 'full' ? this.#known.ofSlot(slot) : null;
    return {
      leftOutPages: this.leftOutPages,
      mass: this.mass?.layers ?? [],
      tailBounds: isWhole ? Array.from(tails, bounds) : [],
    };
  }
}
