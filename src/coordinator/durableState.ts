import type { BlockKey } from '../core/blockKey.js';
import type { Epoch, SequenceId, WorkerId } from '../core/plan.js';
import type { Pin } from './pins.js';
import type { Sequence } from './sequence.js';

/** The stage that a worker had, so that it is given the same again after a restart of the coordinator. */
export interface Assignment {
  readonly stage: number;
  /** Which of the stage's workers it is; the first where it is not said. */
  readonly place?: number;
  readonly worker: WorkerId;
}

/** What a restart of the coordinator must not lose; everything else is told again by workers. */
export interface DurableState {
  readonly epoch: Epoch;
  readonly sequences: readonly Sequence[];
  readonly pins: readonly Pin[];
  readonly assignments: readonly Assignment[];
}

/** What a sequence that was put before has from now on; the rest of it stays. */
export interface SequenceGrowth extends Pick<Sequence, 'id' | 'tokens' | 'maxTokens' | 'touchedMs'> {
  /** After how many of its blocks; not more than it has. */
  readonly from: number;
  /** Those that follow them; nothing else does any more. */
  readonly blocks: readonly BlockKey[];
}

/** One change of the durable state. Making it twice is the same as making it once. */
export type StateChange =
  | { readonly kind: 'epoch'; readonly epoch: Epoch }
  | { readonly kind: 'assign'; readonly assignment: Assignment }
  | { readonly kind: 'putSequence'; readonly sequence: Sequence }
  | { readonly kind: 'growSequence'; readonly growth: SequenceGrowth }
  | { readonly kind: 'dropSequence'; readonly sequence: SequenceId }
  | { readonly kind: 'putPin'; readonly pin: Pin }
  | { readonly kind: 'dropPin'; readonly block: BlockKey };
