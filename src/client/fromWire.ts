import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import { epoch, type Plan, sequenceId, workerId } from '../core/plan.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import { noStalls } from '../core/stallCause.js';
import type { ByTier } from '../core/tierName.js';
import type { ByTier__Output } from '../rpc/gen/kvtide/v1/ByTier.js';
import type { DescribeResponse__Output } from '../rpc/gen/kvtide/v1/DescribeResponse.js';
import type { LayerAttended__Output } from '../rpc/gen/kvtide/v1/LayerAttended.js';
import type { LayerRange__Output } from '../rpc/gen/kvtide/v1/LayerRange.js';
import type { Plan__Output } from '../rpc/gen/kvtide/v1/Plan.js';
import type { PositionResult__Output } from '../rpc/gen/kvtide/v1/PositionResult.js';
import type { Shadows__Output } from '../rpc/gen/kvtide/v1/Shadows.js';
import type { StageTrace__Output } from '../rpc/gen/kvtide/v1/StageTrace.js';
import type { StatsResponse__Output } from '../rpc/gen/kvtide/v1/StatsResponse.js';
import type { StepResult__Output } from '../rpc/gen/kvtide/v1/StepResult.js';
import { geometryFrom } from '../rpc/geometryMessage.js';
import type { Attended } from './attentionTypes.js';
import type { ClusterDescription, WorkerFigures } from './clusterDescription.js';
import type { PositionAnswer, StageTrace, StepAnswer } from './stepAnswer.js';

/** Proto3 leaves message fields out; what must be there and is not is a bug of the other side. */
function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new KvError('internal', `an answer carries no ${what}`);
  return value;
}

const layerRange = (range: LayerRange__Output | null): LayerRange => ({
  from: range?.from ?? 0,
  to: range?.to ?? 0,
});

const byTier = (sums: ByTier__Output | null): ByTier<number> => ({
  device: sums?.device ?? 0,
  pinned: sums?.pinned ?? 0,
  disk: sums?.disk ?? 0,
});

export function clusterFrom(wire: DescribeResponse__Output): ClusterDescription {
  return {
    epoch: epoch(wire.epoch),
    workers: wire.workers.map((worker) => ({
      id: workerId(worker.worker),
      address: worker.address,
      pid: worker.pid,
      stage: worker.stage,
      layers: layerRange(worker.layers),
      state: worker.state,
      pages: worker.pages,
      budgetBytes: byTier(worker.budgetBytes),
      metricsAddress: worker.metricsAddress,
      draining: worker.draining,
      keptPages: worker.keptPages,
    })),
    model: wire.ready
      ? {
          fingerprint: wire.fingerprint,
          namespace: wire.namespace as NamespaceId, // made by namespaceOf on the other side
          geometry: geometryFrom(wire.geometry),
          maxTokens: wire.maxTokens === 0 ? null : wire.maxTokens,
          sealedKeys: wire.sealedKeys,
        }
      : null,
    waitingFor: wire.waitingFor,
  };
}

export function planFrom(wire: Plan__Output | null): Plan {
  const plan = present(wire, 'plan');
  return {
    sequence: sequenceId(plan.sequence),
    epoch: epoch(plan.epoch),
    stages: plan.stages.map(({ worker, address, layers, shards }) => ({
      worker: workerId(worker),
      address,
      layers: layerRange(layers),
      shards: shards.map((shard) => ({ worker: workerId(shard.worker), address: shard.address })),
    })),
  };
}

export function workerFiguresFrom(wire: StatsResponse__Output): WorkerFigures {
  const { worker, layers, pid, tiers, openSequences, steps, computeMs, stallMs, loadMs, lanes, link } = wire;
  const { keptPages, attends, policies, prefetched, shadows } = wire;
  return {
    id: workerId(worker),
    layers: layerRange(layers),
    pid,
    tiers,
    openSequences,
    steps,
    computeMs,
    stallMs,
    loadMs,
    lanes,
    link,
    keptPages,
    attends,
    policies,
    // A worker of before does not say.
    prefetched: prefetched ?? { broughtBytes: 0, usedBytes: 0, unusedBytes: 0 },
    shadows: shadowsFrom(shadows),
  };
}

const noWindow = { uses: 0, liveHits: 0, optimumHits: 0 };

function shadowsFrom(wire: Shadows__Output | null): ShadowFigures | null {
  return wire === null ? null : { ...wire, window: wire.window ?? noWindow };
}

const traceFrom = (wire: StageTrace__Output): StageTrace => ({
  stage: wire.stage,
  computeMs: wire.computeMs,
  stallMs: wire.stallMs,
  stalls: { ...noStalls(), ...wire.stalls },
  loadMs: wire.loadMs,
  loadedPages: byTier(wire.loadedPages),
  loadedBytes: byTier(wire.loadedBytes),
  peerPages: wire.peerPages,
  // A worker of before computed each step by itself.
  batch: wire.batch || 1,
  attendedPages: wire.attendedPages,
  attendedBytes: wire.attendedBytes,
  skippedPages: wire.skippedPages,
  skippedBytes: wire.skippedBytes,
});

export function stepAnswerFrom(wire: StepResult__Output): StepAnswer {
  return {
    ...positionFrom(wire),
    earlier: wire.earlier.map(positionFrom),
    stages: wire.stages.map(traceFrom),
  };
}

export function attendedFrom({ o, lse, trace }: LayerAttended__Output): Attended {
  return { o: floatsFrom(o), lse: floatsFrom(lse), trace: traceFrom(present(trace, 'trace')) };
}

function positionFrom({ topIds, topLogits, logsumexp, logits }: PositionResult__Output): PositionAnswer {
  const all = logits.length === 0 ? null : floatsFrom(logits);
  return { topIds, topLogits, logsumexp, logits: all };
}

/** Copied: the bytes need not be aligned for float32. */
function floatsFrom(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
