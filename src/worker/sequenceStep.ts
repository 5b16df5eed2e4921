import type { LogitsWanted } from './compute.js';

/** A step as its caller asks for it. */
export interface SequenceStep {
  readonly position: number;
  readonly tokens: Uint32Array;
  readonly hidden: Float32Array | null;
  readonly logits: LogitsWanted | null;
  readonly signal: AbortSignal;
}
