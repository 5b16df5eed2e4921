import type { AttentionMode } from '../core/attentionMode.js';
import { KvError } from '../core/errors.js';

/** The refusal of an approximate mode where others keep pages of the sequence. */
export function sharedStage({ kind }: AttentionMode): KvError {
  return new KvError(
    'unsupported',
    `attention mode ${kind} needs one worker a stage, and this stage shares its sequences among several; ` +
      'start as many workers as stages, or ask for exact attention',
  );
}
