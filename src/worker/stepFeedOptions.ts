import type { Clock } from '../core/ports/clock.js';
import type { Board } from '../memory/board.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { LayerGate } from './layerGate.js';
import type { LoadsAhead } from './loadsAhead.js';
import type { StepPage } from './stepPage.js';

export interface StepFeedOptions {
  readonly stack: TierStack;
  readonly board: Board;
  /** In the order in which they will be read. */
  readonly pages: readonly StepPage[];
  /** Which part of the job reads each of them. */
  readonly partOf: Uint16Array;
  readonly clock: Clock;
  readonly pageBytes: number;
  /** What takes time between pinned memory and the device. */
  readonly memoryCause: 'pinned' | 'link';
  /** What was brought since the last job. */
  readonly ahead: Pick<LoadsAhead, 'cameFrom'>;
  /** By entry: 1 where the compute thread says when it knows whether the page is read; null: all are. */
  readonly choices?: Uint8Array | null;
  /** Where nothing is brought before its layer is near; null: whatever there is room for is. */
  readonly gate?: LayerGate | null;
  /** Pages that were on the device may make way for others as soon as they were read. */
  readonly freesRead?: boolean;
}
