import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';

/** A stage as errors name it. */
export interface StageName {
  readonly worker: string;
  readonly layers: LayerRange;
}

/** Says in which worker and layers something went wrong, once: the stage nearest to the fault is right. */
export function stageError(thrown: unknown, { worker, layers }: StageName): KvError {
  const error = KvError.from(thrown);
  if ('worker' in error.context) return error;
  const message = `worker ${worker} (layers ${layers.from} to ${layers.to - 1}): ${error.message}`;
  const context = { ...error.context, worker, fromLayer: layers.from, toLayer: layers.to };
  return new KvError(error.kind, message, { context, cause: error });
}
