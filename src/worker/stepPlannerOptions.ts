import type { AttentionMode } from '../core/attentionMode.js';
import type { BlockKey, Sealing } from '../core/blockKey.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';

export interface StepPlannerOptions {
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly rootKey: BlockKey;
  /** Keys of the blocks that may be reused. */
  readonly chain: readonly BlockKey[];
  /** What decode steps read; all without it. */
  readonly attention?: AttentionMode;
  /** Where keys carry a proof of whose they are. */
  readonly sealing?: Sealing | null;
}
