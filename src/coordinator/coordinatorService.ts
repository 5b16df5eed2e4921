import { packBlockKeys } from '../core/blockKey.js';
import { epoch, sequenceId, workerId } from '../core/plan.js';
import { type Binding, type Network, onRequest, onStream } from '../core/ports/network.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import { checkProtocol, ownProtocol } from '../rpc/protocolCheck.js';
import { BlockMoves } from './blockMoves.js';
import type { CoordinatorMachine } from './coordinatorMachine.js';
import { blockKeysFrom, joinRequestFrom, readyFrom } from './fromWire.js';
import { inventoryService } from './inventoryService.js';
import type { TakeEvent } from './takeEvent.js';
import { describeResponse, sequenceResponse, statusResponse } from './toWire.js';
import type { WaitingCalls } from './waitingCalls.js';

export interface CoordinatorServiceParts {
  /** Read, never changed here. */
  readonly machine: CoordinatorMachine;
  readonly leaseMs: number;
  readonly stages: number;
  readonly metricsAddress: string;
  /** Reaches workers, for moves of blocks between them. */
  readonly network: Network;
  readonly take: TakeEvent;
  readonly waiting: WaitingCalls;
}

/** kvtide.v1.Coordinator: messages to events, answers to messages. */
export function coordinatorService(parts: CoordinatorServiceParts): Binding[] {
  return [
    ...memberBindings(parts),
    inventoryService(parts.take),
    ...sequenceBindings(parts),
    ...queryBindings(parts),
  ];
}

function memberBindings({ take, leaseMs, stages }: CoordinatorServiceParts): Binding[] {
  return [
    onRequest(coordinatorEndpoints.register, async (message) => {
      checkProtocol(message.protocol, `the worker at ${message.address}`);
      const { member, epoch } = await take('register', joinRequestFrom(message));
      const { worker, layers, stage } = member;
      return { protocol: ownProtocol(), worker, layers, stage, stages, epoch, leaseMs };
    }),
    onRequest(coordinatorEndpoints.ready, (message) => take('ready', readyFrom(message))),
    onRequest(coordinatorEndpoints.heartbeat, async ({ worker, openSequences, ...told }) => {
      const {
        epoch: now,
        pinned,
        stage,
      } = await take('heartbeat', {
        worker: workerId(worker),
        ...(told.epoch === 0 ? {} : { since: epoch(told.epoch) }),
        openSequences: openSequences.map(sequenceId),
        shardsEpoch: told.shardsEpoch,
        keptPages: told.keptPages,
      });
      return {
        epoch: now,
        pinsChanged: pinned !== null,
        pinnedBlocks: packBlockKeys(pinned ?? []),
        shardsChanged: stage !== null,
        shards: [...(stage?.shards ?? [])],
        drained: [...(stage?.drained ?? [])],
        draining: stage?.isDraining ?? false,
      };
    }),
    onRequest(coordinatorEndpoints.drainWorker, async ({ worker }) => {
      const { isDone, ...state } = await take('drain', { worker: workerId(worker) });
      return { ...state, done: isDone };
    }),
    onRequest(coordinatorEndpoints.leave, async ({ worker }) => {
      await take('leave', { worker: workerId(worker) });
      return {};
    }),
  ];
}

function sequenceBindings({ take, waiting }: CoordinatorServiceParts): Binding[] {
  return [
    onRequest(coordinatorEndpoints.createSequence, async (message, call) => {
      checkProtocol(message.protocol, 'the client');
      const { namespace, tokens, maxTokens, noWait } = message;
      const blocks = blockKeysFrom(message.blocks);
      const event = { tenant: call.tenant, namespace, blocks, tokens, maxTokens };
      const ask = (ticket: number | null) => take('create', { ...event, ticket });
      return sequenceResponse(await waiting.place(ask, noWait, call));
    }),
    onRequest(coordinatorEndpoints.forkSequence, async (message, call) => {
      const { maxTokens, noWait } = message;
      const event = { tenant: call.tenant, ...planOf(message), maxTokens };
      const ask = (ticket: number | null) => take('fork', { ...event, ticket });
      return sequenceResponse(await waiting.place(ask, noWait, call));
    }),
    onRequest(coordinatorEndpoints.extendSequence, async (message, { tenant }) => {
      const blocks = blockKeysFrom(message.blocks);
      const { tokens, maxTokens } = message;
      const event = { tenant, ...planOf(message), blocks, tokens, maxTokens };
      return sequenceResponse(await take('extend', event));
    }),
    onRequest(coordinatorEndpoints.truncateSequence, async (message, { tenant }) => {
      const { tokens } = message;
      return sequenceResponse(await take('truncate', { tenant, ...planOf(message), tokens }));
    }),
    onRequest(coordinatorEndpoints.releaseSequence, async ({ sequence }, { tenant }) => {
      await take('release', { tenant, sequence: sequenceId(sequence) });
      return {};
    }),
  ];
}

function planOf(message: { sequence: string; epoch: number }) {
  return { sequence: sequenceId(message.sequence), epoch: epoch(message.epoch) };
}

function queryBindings({ take, machine, metricsAddress, network }: CoordinatorServiceParts): Binding[] {
  const moves = new BlockMoves(machine, network);
  return [
    onStream(coordinatorEndpoints.moveBlocks, (stream, call) => moves.move(stream, call)),
    onRequest(coordinatorEndpoints.lookup, async ({ namespace, blocks }) => {
      const { stages, ...answer } = await take('lookup', { namespace, blocks: blockKeysFrom(blocks) });
      return { ...answer, stages: [...stages] };
    }),
    onRequest(coordinatorEndpoints.locate, async ({ namespace, blocks }) => {
      const { epoch, blocks: places } = await take('locate', { namespace, blocks: blockKeysFrom(blocks) });
      return { epoch, blocks: places.map((some) => ({ places: [...some] })) };
    }),
    onRequest(coordinatorEndpoints.pin, ({ namespace, blocks, ttlMs }) =>
      take('pin', { namespace, blocks: blockKeysFrom(blocks), ttlMs }),
    ),
    onRequest(coordinatorEndpoints.describe, async ({ protocol }) => {
      checkProtocol(protocol, 'the client');
      return describeResponse(machine);
    }),
    onRequest(coordinatorEndpoints.status, async () => statusResponse(machine, metricsAddress)),
  ];
}
