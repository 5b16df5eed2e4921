import type { AttentionMode } from '../core/attentionMode.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import { HeavyHitters } from '../policy/heavyHitters.js';
import type { ApproximateDone, BoundedJob, BoundedPage, JobApproximation } from './approximation.js';
import { pageStamp } from './pageStamp.js';
import type { StepPage } from './stepPage.js';
import type { PlannedStep } from './stepPlanner.js';

/** What an approximate mode adds to a step. */
export interface StepApproximation {
  readonly job: JobApproximation;
  /** By layer within the range: the compute thread says which of its pages are read. */
  readonly isChosenFrom: readonly boolean[];
}

export interface LeavingBlocks {
  readonly layer: number;
  readonly blocks: readonly number[];
}

/** What one sequence in an approximate mode has to remember from step to step. */
export class SequenceApproximation {
  readonly #mode: AttentionMode;
  readonly #geometry: Geometry;
  readonly #range: LayerRange;
  /** By layer, in heavy-hitter mode. */
  readonly #hitters = new Map<number, HeavyHitters>();
  #sealed: BoundedPage[] = [];
  /** The step that is under way is no prefill. */
  #isDecode = false;
  /** By layer within the range: bounds of pages that are about to be sealed. */
  #tailBounds: ApproximateDone['tailBounds'] = [];

  constructor(mode: AttentionMode, geometry: Geometry, range: LayerRange) {
    this.#mode = mode;
    this.#geometry = geometry;
    this.#range = range;
  }

  /** The sequence goes on somewhere else: all pages count anew. */
  restart(): void {
    this.#hitters.clear();
  }

  stepOf({ layers, isDecode }: PlannedStep, pages: readonly (readonly StepPage[])[]): StepApproximation {
    this.#isDecode = isDecode;
    const wantsMass = this.#mode.kind === 'heavyHitters';
    const job = {
      leftOut: layers.map(({ leftOut }) => leftOut),
      bounded: this.#mode.kind === 'topPages' ? this.#bounded(this.#mode.share, isDecode, pages) : null,
      wantsMass,
    };
    const { bounded } = job;
    const isChosenFrom = layers.map(
      (_, index) => isDecode && bounded !== null && bounded.layers[index] !== null,
    );
    return { job, isChosenFrom };
  }

  /** The step of `stepOf` has been computed. */
  done({ mass, tailBounds }: ApproximateDone): void {
    this.#tailBounds = tailBounds;
    for (const { layer, blocks, mass: got } of mass) {
      let hitters = this.#hitters.get(layer);
      if (hitters === undefined) {
        hitters = new HeavyHitters(this.#mode.kind === 'heavyHitters' ? this.#mode.share : 1);
        this.#hitters.set(layer, hitters);
      }
      hitters.attended(blocks, got, this.#isDecode);
    }
  }

  /** The growing page of a layer, an index into the range, became `page`. */
  sealed(index: number, { handle, page }: StepPage): void {
    const bounds = this.#tailBounds[index];
    if (bounds != null) this.#sealed.push({ handle, stamp: pageStamp(page), bounds });
  }

  /** What is let go after a step; asked once. */
  takeLeaving(): LeavingBlocks[] {
    return [...this.#hitters]
      .map(([layer, hitters]) => ({ layer, blocks: hitters.takeLeaving() }))
      .filter(({ blocks }) => blocks.length > 0);
  }

  #bounded(share: number, isDecode: boolean, pages: readonly (readonly StepPage[])[]): BoundedJob {
    const sealed = this.#sealed;
    this.#sealed = [];
    const isFull = (index: number) => this.#geometry.layers[this.#range.from + index]!.kind === 'full';
    const layers = pages.map((listed, index) => {
      if (!isFull(index)) return null;
      return {
        handles: Int32Array.from(listed, ({ handle }) => handle),
        stamps: Float64Array.from(listed, ({ page }) => pageStamp(page)),
      };
    });
    return { share: isDecode ? share : null, layers, sealed };
  }
}
