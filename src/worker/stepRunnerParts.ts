import type { Clock } from '../core/ports/clock.js';
import type { Board } from '../memory/board.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { Compute } from './compute.js';

export interface StepRunnerParts {
  readonly stack: TierStack;
  readonly compute: Compute;
  readonly clock: Clock;
  readonly pageBytes: number;
  /** Of the prefetch policy. */
  readonly layersAhead: number;
  /** What takes time between pinned memory and the device. */
  readonly memoryCause: 'pinned' | 'link';
  /** A board of at least that many entries; the runner keeps it from job to job. */
  makeBoard(entries: number): Board;
}
