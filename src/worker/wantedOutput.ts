import type { WantedOutput } from '../model/stepTypes.js';
import type { LogitsWanted } from './compute.js';

/** What the model is to compute for logits that a caller asked for; null while a prefill goes on. */
export function wantedOutput(logits: LogitsWanted | null): WantedOutput {
  if (logits === null) return 'none';
  return logits.everyPosition ? 'everyLogits' : 'logits';
}
