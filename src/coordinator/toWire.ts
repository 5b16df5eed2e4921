import type { DescribeResponse } from '../rpc/gen/kvtide/v1/DescribeResponse.js';
import type { Plan as PlanMessage } from '../rpc/gen/kvtide/v1/Plan.js';
import type { SequenceResponse } from '../rpc/gen/kvtide/v1/SequenceResponse.js';
import type { StatusResponse } from '../rpc/gen/kvtide/v1/StatusResponse.js';
import type { WorkerStatus } from '../rpc/gen/kvtide/v1/WorkerStatus.js';
import { geometryMessage } from '../rpc/geometryMessage.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import type { PlannedSequence } from './coordinatorEvent.js';
import type { CoordinatorMachine } from './coordinatorMachine.js';
import type { Member } from './member.js';
import { longestContext } from './serving.js';

export function sequenceResponse({
  plan,
  cachedBlocks,
  tokens,
  maxTokens,
}: PlannedSequence): SequenceResponse {
  const stages = plan.stages.map(({ shards, ...stage }) => ({ ...stage, shards: [...shards] }));
  const message: PlanMessage = { sequence: plan.sequence, epoch: plan.epoch, stages };
  return { plan: message, cachedBlocks, tokens, maxTokens };
}

/** The namespace is told as soon as it is known: workers need it before they are ready. */
export function describeResponse({ membership, index }: CoordinatorMachine): DescribeResponse {
  const { model, identity, epoch } = membership;
  const ready = membership.ready();
  return {
    protocol: ownProtocol(),
    ready: ready !== null && identity !== null,
    waitingFor: membership.waitingFor(),
    fingerprint: identity?.fingerprint ?? '',
    namespace: identity?.namespace ?? '',
    geometry: model === null ? null : geometryMessage(model.geometry),
    epoch,
    workers: membership.members().map((member) => workerStatus(member, index.pagesOf(member.worker))),
    maxTokens: longestContext(ready ?? []) ?? 0,
  };
}

export function statusResponse(machine: CoordinatorMachine, metricsAddress: string): StatusResponse {
  const { admission } = machine.sequences;
  return {
    protocol: ownProtocol(),
    cluster: describeResponse(machine),
    sequences: machine.sequences.size,
    pinnedBlocks: machine.pins.size,
    indexedBlocks: machine.index.blocks,
    metricsAddress,
    waiting: admission.waiting,
    rooms: admission.stages().map(({ budgetBytes, ...stage }) => ({
      ...stage,
      budgetBytes: Number.isFinite(budgetBytes) ? budgetBytes : 0,
    })),
  };
}

function workerStatus(member: Member, pages: number): WorkerStatus {
  const { drainedSince, worker, address, pid, layers, stage, state, budgetBytes, metricsAddress, keptPages } =
    member;
  const draining = drainedSince !== null;
  return {
    worker,
    address,
    pid,
    layers,
    stage,
    state,
    pages,
    budgetBytes,
    metricsAddress,
    draining,
    keptPages,
  };
}
