import { beforeEach, describe, expect, it } from 'vitest';
import { CoordinatorMachine } from '../../src/coordinator/coordinatorMachine.js';
import { defaultCoordinatorOptions } from '../../src/coordinator/options.js';
import { epoch, type SequenceId, sequenceId, type WorkerId, workerId } from '../../src/core/plan.js';
import { at, chainOf, countingRandom, emptyState, geometry, joinRequest, tensor } from './clusterParts.js';

const [lead, second, third] = ['w0', 'w1', 'w2'].map(workerId) as [WorkerId, WorkerId, WorkerId];

describe('draining a worker', () => {
  let machine: CoordinatorMachine;
  let streams = 0;

  beforeEach(() => {
    const options = { ...defaultCoordinatorOptions, stages: 1, workersPerStage: 3 };
    machine = new CoordinatorMachine(options, countingRandom(), emptyState);
  });

  function join(worker: WorkerId, pid = 1): void {
    const request = joinRequest(`h:${worker}`, { worker });
    const registration = { ...request.registration, pid };
    const { member } = machine.handle('register', { ...request, registration }, at(0)).answer;
    machine.handle('ready', { worker, epoch: member.since, tensors: [tensor('t')] }, at(0));
  }

  function serve(worker: WorkerId, pid = 1): void {
    join(worker, pid);
    streams += 1;
    machine.handle('inventoryOpened', { worker, stream: streams }, at(0));
    const added = [0, 3].map((layer) => ({ block: chainOf(1)[0]!, layer }));
    const part = { number: 1, whole: true, added, removed: [] };
    machine.handle('inventory', { worker, stream: streams, part, more: false }, at(0));
  }

  const drain = (worker: WorkerId) => machine.handle('drain', { worker }, at(1));
  const beat = (worker: WorkerId, shardsEpoch = 0, keptPages = 0, openSequences: SequenceId[] = []) =>
    machine.handle('heartbeat', { worker, shardsEpoch, keptPages, openSequences }, at(1)).answer;
  const stageOf = (worker: WorkerId) => beat(worker).stage;
  const planned = () => {
    const namespace = machine.membership.identity?.namespace ?? '';
    const event = {
      tenant: 't',
      namespace,
      blocks: [],
      tokens: geometry.blockTokens,
      maxTokens: 0,
      ticket: null,
    };
    const placing = machine.handle('create', event, at(1)).answer;
    if (placing.kind !== 'placed') throw new Error(`it is ${placing.kind}`);
    return placing.placed.plan.stages[0]!;
  };

  it('tells a lead who keeps pages for it, once for each change', () => {
    serve(lead);
    serve(second);
    const { epoch: now, stage } = beat(lead);
    expect(stage).toEqual({
      shards: [{ worker: second, address: 'h:w1' }],
      drained: [],
      isDraining: false,
    });
    expect(beat(lead, now).stage).toBeNull();
    join(third);
    expect(stageOf(lead)?.shards.map(({ worker }) => worker)).toEqual([second]);
    serve(third);
    expect(stageOf(lead)?.shards.map(({ worker }) => worker)).toEqual([second, third]);
  });

  it('takes the worker out of plans and tells its lead and itself', () => {
    for (const worker of [lead, second, third]) serve(worker);
    const before = machine.membership.epoch;
    const { answer, effects } = drain(second);
    expect(answer).toEqual({ keptPages: 0, openSequences: 0, isDone: false });
    expect(effects.map(({ kind }) => kind)).toEqual(['drained', 'store']);
    expect(machine.membership.epoch).toBe(epoch(before + 1));
    expect(planned().shards.map(({ worker }) => worker)).toEqual([third]);
    expect(stageOf(lead)).toMatchObject({
      shards: [{ worker: third }],
      drained: [second],
      isDraining: false,
    });
    expect(stageOf(second)?.isDraining).toBe(true);
  });

  it('is done when the worker knows of it and keeps nothing', () => {
    for (const worker of [lead, second, third]) serve(worker);
    const before = beat(second, 0, 12).epoch;
    expect(drain(second).answer).toEqual({ keptPages: 12, openSequences: 0, isDone: false });
    beat(second, before, 0);
    expect(drain(second).answer).toEqual({ keptPages: 0, openSequences: 0, isDone: false });
    const { epoch: now } = beat(second, before, 7);
    beat(second, now, 7);
    expect(drain(second).answer).toEqual({ keptPages: 7, openSequences: 0, isDone: false });
    beat(second, now, 0);
    expect(drain(second).answer).toEqual({ keptPages: 0, openSequences: 0, isDone: true });
    expect(machine.membership.epoch).toBe(now);
  });

  it('is not done while the worker leads sequences from before', () => {
    for (const worker of [lead, second, third]) serve(worker);
    drain(second);
    const { epoch: now } = beat(second);
    beat(second, now, 0, [sequenceId('s1'), sequenceId('s2')]);
    expect(drain(second).answer).toEqual({ keptPages: 0, openSequences: 2, isDone: false });
    beat(second, now);
    expect(drain(second).answer).toEqual({ keptPages: 0, openSequences: 0, isDone: true });
  });

  it('outlives a lost connection, but not a new start of the worker', () => {
    for (const worker of [lead, second, third]) serve(worker);
    drain(second);
    serve(second);
    expect(stageOf(second)?.isDraining).toBe(true);
    serve(second, 2);
    expect(stageOf(second)?.isDraining).toBe(false);
    expect(planned().shards).toHaveLength(2);
  });

  it('refuses the lead, the last of a stage, and who does not serve', () => {
    serve(lead);
    expect(() => drain(lead)).toThrow(
      'worker "w0" is the last of stage 0: start another worker of that stage first',
    );
    serve(second);
    expect(() => drain(lead)).toThrow(
      'worker "w0" leads stage 0 and cannot be drained; those that can are "w1"',
    );
    expect(() => drain(third)).toThrow('there is no worker "w2" in the cluster; kvtide status lists them');
    join(third);
    expect(() => drain(third)).toThrow('worker "w2" is loading; wait until it is ready');
    expect(machine.membership.members().map(({ drainedSince }) => drainedSince)).toEqual([null, null, null]);
  });

  it('lets a drained worker lead where no other is left', () => {
    for (const worker of [lead, second]) serve(worker);
    drain(second);
    machine.handle('leave', { worker: lead }, at(2));
    expect(planned()).toMatchObject({ worker: second, shards: [] });
    beat(second, machine.membership.epoch);
    expect(() => drain(second)).toThrow(
      'worker "w1" is the last of stage 0: start another worker of that stage first',
    );
    serve(third);
    beat(second, machine.membership.epoch);
    expect(drain(second).answer.isDone).toBe(true);
    expect(planned()).toMatchObject({ worker: third, shards: [] });
  });
});
