import { InferenceSession } from 'onnxruntime-node';
import { KvError } from '../core/errors.js';
import { graphBytesMax } from './onnxGraph.js';

/**
 * Opens a graph on the CPU.
 *
 * The optimiser is off: it fuses neighbours, so that the same layer would be computed by other operators
 * depending on what stands beside it in its graph, and bits would follow where a model is cut into stages.
 * Threads do not spin, because several processes share the machine; with `within run` they do while a run
 * lasts, which is for graphs of many short operators that no other stage competes with.
 * @throws KvError `unsupported` when the graph is larger than ONNX Runtime can read.
 */
export async function openOrtSession(
  graph: Uint8Array,
  threads: number,
  what: string,
  spinning: 'never' | 'within run' = 'never',
): Promise<InferenceSession> {
  if (graph.byteLength > graphBytesMax) {
    throw new KvError(
      'unsupported',
      `${what} needs ${graph.byteLength} bytes of float32 weights; one graph holds at most ${graphBytesMax}`,
    );
  }
  try {
    return await InferenceSession.create(graph, {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      graphOptimizationLevel: 'disabled',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // A memory pattern is planned for one shape; ours change with every chunk and run.
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: {
        session: {
          intra_op: { allow_spinning: spinning === 'never' ? '0' : '1' },
          force_spinning_stop: '1',
        },
      },
    });
  } catch (error) {
    throw new KvError('internal', `ONNX Runtime refused the graph of ${what}: ${oneLine(error)}`, {
      cause: error,
    });
  }
}

function oneLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split('\n', 1)
    .join('');
}
