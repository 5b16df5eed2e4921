import { type ErrorKind, KvError } from '../core/errors.js';
import type { StagePlan } from '../core/plan.js';

/** How a stream ends whose worker is gone, with all that it held of the sequence. */
const losing: ReadonlySet<ErrorKind> = new Set(['unavailable', 'stale', 'timedOut']);

/**
 * The end of a stage's stream with what is lost by it, at most: what is left says the `cachedTokens` of the
 * session that goes on. Other errors stay as they are.
 */
export function lossNamed(thrown: unknown, { worker, layers }: StagePlan, tokens: number): KvError {
  const error = KvError.from(thrown);
  if (!losing.has(error.kind) || tokens === 0) return error;
  const what = `KV of ${tokens} tokens in layers ${layers.from} to ${layers.to - 1} may be lost`;
  const todo = 'open another session with the same tokens and append from its cachedTokens on';
  const context = {
    ...error.context,
    worker,
    layersFrom: layers.from,
    layersTo: layers.to,
    lostTokens: tokens,
  };
  return new KvError(error.kind, `${error.message}; ${what}: ${todo}`, { context, cause: error });
}
