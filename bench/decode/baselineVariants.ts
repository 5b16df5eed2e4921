import { InferenceSession } from 'onnxruntime-node';
import type { Checkpoint } from '../../src/model/checkpoint.js';
import { type BaselineAttention, baselineGraph } from './baselineGraph.js';

/** One way to write the baseline. */
export interface BaselineVariant {
  readonly name: string;
  readonly attention: BaselineAttention;
  /** Past and present of full layers are one buffer with room to grow, so the operator copies nothing back. */
  readonly inPlace: boolean;
  readonly threads: number;
}

const ways = [
  { name: 'concat', attention: 'concat', inPlace: false },
  { name: 'gqa', attention: 'gqa', inPlace: false },
  { name: 'gqa in place', attention: 'gqa', inPlace: true },
] as const;

/** Every way with 1 and with 2 threads; the fastest at a context is what kvtide is compared with. */
export const baselineVariants: readonly BaselineVariant[] = ways.flatMap((way) =>
  [1, 2].map((threads) => ({
    ...way,
    name: `${way.name}, ${threads} thread${threads > 1 ? 's' : ''}`,
    threads,
  })),
);

/** Opens the graph with every optimisation that ONNX Runtime has, and spinning off as kvtide has it. */
export function openBaseline(checkpoint: Checkpoint, variant: BaselineVariant): Promise<InferenceSession> {
  return InferenceSession.create(baselineGraph(checkpoint, variant.attention), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: variant.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}
