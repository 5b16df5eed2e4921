import type { CoordinatorEffect, Placing, PlannedSequence } from '../../src/coordinator/coordinatorEvent.js';
import { CoordinatorMachine } from '../../src/coordinator/coordinatorMachine.js';
import { defaultCoordinatorOptions } from '../../src/coordinator/options.js';
import { StateTables } from '../../src/coordinator/stateTables.js';
import type { KvError } from '../../src/core/errors.js';
import type { SequenceId, WorkerId } from '../../src/core/plan.js';
import { at, countingRandom, emptyState, geometry, joinRequest, tensor } from './clusterParts.js';

export const { blockTokens } = geometry;
export const options = {
  ...defaultCoordinatorOptions,
  admissionQueueMax: 4,
  admissionQueueTenantMax: 3,
  admissionWaitMsMax: 1_000,
  admissionIdleMs: 10_000,
};
/** A full and a window layer a stage: a sequence of n blocks needs n + 3 pages, from 3 blocks on. */
const capacity = { livePages: 30, tailPages: 8 };
export const maxTokens = 40 * blockTokens;

/** Two workers that serve, and the calls of clients. */
export class AdmissionCluster {
  readonly tables = new StateTables();
  machine = new CoordinatorMachine(options, countingRandom(), emptyState);
  readonly effects: CoordinatorEffect[] = [];

  handle: CoordinatorMachine['handle'] = (kind, event, now) => {
    const decision = this.machine.handle(kind, event, now);
    this.effects.push(...decision.effects);
    for (const effect of decision.effects) {
      if (effect.kind === 'store') for (const change of effect.changes) this.tables.apply(change);
    }
    return decision;
  };

  serve(livePages = capacity.livePages): void {
    const bounds = { capacity: { ...capacity, livePages }, maxTokens };
    const members = ['h:1', 'h:2'].map((address, stage) => {
      const joined = this.handle('register', joinRequest(address, { worker: `w${stage}` }), at(0)).answer
        .member;
      const { worker, since } = joined;
      this.handle('ready', { worker, epoch: since, tensors: [tensor(address)], bounds }, at(0));
      return worker;
    });
    members.forEach((worker, stream) => {
      this.handle('inventoryOpened', { worker, stream }, at(0));
      const part = { number: 1, whole: true, added: [], removed: [] };
      this.handle('inventory', { worker, stream, part, more: false }, at(0));
    });
    this.beat(0);
  }

  beat(ms: number, openSequences: readonly SequenceId[] = []): void {
    for (const worker of ['w0', 'w1'] as WorkerId[])
      this.handle('heartbeat', { worker, openSequences, shardsEpoch: 0, keptPages: 0 }, at(ms));
  }

  ask(blocks: number, ticket: number | null, tenant = 't', ms = 0): Placing {
    const namespace = this.machine.membership.identity?.namespace ?? '';
    const event = { tenant, namespace, blocks: [], tokens: 1, maxTokens: blocks * blockTokens, ticket };
    return this.handle('create', event, at(ms)).answer;
  }

  create(blocks: number, tenant = 't'): PlannedSequence {
    const answer = this.ask(blocks, null, tenant);
    if (answer.kind === 'waiting') throw new Error('it waits');
    return answer.placed;
  }

  release(sequence: SequenceId, tenant = 't'): void {
    this.handle('release', { tenant, sequence }, at(0));
  }

  /** Tickets whose wait has ended, in order. */
  get ended(): (number | { readonly refused: number; readonly error: KvError })[] {
    const ends: (number | { readonly refused: number; readonly error: KvError })[] = [];
    for (const effect of this.effects) {
      if (effect.kind === 'admitted') ends.push(effect.ticket);
      if (effect.kind === 'refused') ends.push({ refused: effect.ticket, error: effect.error });
    }
    return ends;
  }

  get admittedBytes(): number | undefined {
    return this.machine.sequences.admission.stages()[0]?.admittedBytes;
  }
}
