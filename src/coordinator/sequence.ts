import type { BlockKey } from '../core/blockKey.js';
import type { NamespaceId } from '../core/namespace.js';
import type { SequenceId } from '../core/plan.js';

/** A sequence as the coordinator knows it: its chain of sealed blocks. Tails are the workers' own. */
export interface Sequence {
  readonly id: SequenceId;
  readonly tenant: string;
  readonly namespace: NamespaceId;
  readonly blocks: readonly BlockKey[];
  /** The sealed blocks' tokens and those of the growing tail. */
  readonly tokens: number;
  /** Tokens that it may grow to, with room set aside; `tokens` where it is less or not said. */
  readonly maxTokens?: number;
  /** Milliseconds since the Unix epoch. */
  readonly touchedMs: number;
}
