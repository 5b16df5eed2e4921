import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CoordinatorEffect, Placing, PlannedSequence } from '../../src/coordinator/coordinatorEvent.js';
import { CoordinatorMachine } from '../../src/coordinator/coordinatorMachine.js';
import { defaultCoordinatorOptions } from '../../src/coordinator/options.js';
import { StateTables } from '../../src/coordinator/stateTables.js';
import { KvError } from '../../src/core/errors.js';
import { pageBytes } from '../../src/core/geometry.js';
import type { SequenceId, WorkerId } from '../../src/core/plan.js';
import { at, countingRandom, emptyState, geometry, joinRequest, tensor } from './clusterParts.js';

const { blockTokens } = geometry;
const options = {
  ...defaultCoordinatorOptions,
  admissionQueueMax: 4,
  admissionQueueTenantMax: 3,
  admissionWaitMsMax: 1_000,
  admissionIdleMs: 10_000,
};
/** A full and a window layer a stage: a sequence of n blocks needs n + 3 pages, from 3 blocks on. */
const capacity = { livePages: 30, tailPages: 8 };
const maxTokens = 40 * blockTokens;

/** Two workers that serve, and the calls of clients. */
class Cluster {
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
      this.handle('heartbeat', { worker, openSequences }, at(ms));
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

function refusalOf(ask: () => unknown): KvError {
  try {
    ask();
  } catch (thrown) {
    if (thrown instanceof KvError) return thrown;
  }
  throw new Error('it was not refused');
}

describe('admission of sequences', () => {
  let cluster: Cluster;
  beforeEach(() => {
    cluster = new Cluster();
    cluster.serve();
  });

  it('refuses at once what could never fit, and says how much there is', () => {
    const error = refusalOf(() => cluster.ask(28, 1));
    const page = pageBytes(geometry);
    expect(error.kind).toBe('exhausted');
    expect(error.message).toMatch(
      /^a sequence of up to 448 tokens needs 62 KiB \(63488 bytes\) of live KV in stage 0 \(layers 0 to 1\), whose workers hold 60 KiB/,
    );
    expect(error.context).toMatchObject({
      admission: 'never',
      neededBytes: 31 * page,
      budgetBytes: 30 * page,
    });
    expect(error.context.retryAfterMs).toBeUndefined();
    expect(cluster.create(27).maxTokens).toBe(432);
  });

  it('lets what does not fit wait until what is live has ended', () => {
    const { plan } = cluster.create(20);
    expect(cluster.admittedBytes).toBe(23 * pageBytes(geometry));
    expect(cluster.ask(10, 7).kind).toBe('waiting');
    expect(cluster.ended).toEqual([]);
    cluster.release(plan.sequence);
    expect(cluster.ended).toEqual([7]);
    expect(cluster.tables.snapshot().sequences.map(({ maxTokens: most }) => most)).toEqual([160]);
  });

  it('refuses one that will not wait, with a hint when to come again, and keeps nothing of it', () => {
    cluster.create(20);
    const error = refusalOf(() => cluster.ask(10, null));
    expect(error.context).toMatchObject({ admission: 'noWait', retryAfterMs: options.admissionRetryMs });
    expect(error.message).toContain('end a sequence or try again later');
    expect(cluster.machine.sequences.admission.waiting).toBe(0);
    expect(cluster.admittedBytes).toBe(23 * pageBytes(geometry));
  });

  it('keeps the bounds of the queue, for all and for each tenant', () => {
    cluster.create(20);
    for (let ticket = 0; ticket < 3; ticket += 1) cluster.ask(20, ticket);
    expect(refusalOf(() => cluster.ask(1, 3)).message).toContain('3 sequences of this tenant wait');
    cluster.ask(20, 4, 'other');
    const error = refusalOf(() => cluster.ask(1, 5, 'third'));
    expect(error.message).toBe('4 sequences wait for room already, and no more may: try again later');
    expect(error.context).toMatchObject({ admission: 'queue', retryAfterMs: options.admissionRetryMs });
  });

  it('takes tenants in turn', () => {
    const { plan } = cluster.create(20);
    cluster.ask(27, 1);
    cluster.ask(27, 2);
    cluster.ask(27, 3, 'other');
    cluster.release(plan.sequence);
    const ids = () => cluster.tables.snapshot().sequences.map(({ id, tenant }) => ({ id, tenant }));
    for (let round = 0; round < 2; round += 1) {
      const [live] = ids();
      cluster.release(live!.id, live!.tenant);
    }
    expect(cluster.ended).toEqual([1, 3, 2]);
  });

  it('ends a wait that is withdrawn or takes too long', () => {
    cluster.create(20);
    cluster.ask(20, 1);
    cluster.ask(20, 2);
    cluster.handle('withdraw', { ticket: 1 }, at(0));
    expect(cluster.machine.sequences.admission.waiting).toBe(1);
    cluster.handle('tick', {}, at(options.admissionWaitMsMax));
    expect(cluster.ended).toMatchObject([
      { refused: 2, error: { kind: 'exhausted', context: { admission: 'wait' } } },
    ]);
  });

  it('admits those behind one that withdraws', () => {
    cluster.create(20);
    cluster.ask(20, 1);
    cluster.ask(2, 2);
    expect(cluster.ended).toEqual([]);
    cluster.handle('withdraw', { ticket: 1 }, at(0));
    expect(cluster.ended).toEqual([2]);
  });

  it('counts what a sequence may grow to, and asks for more when it grows past that', () => {
    const { plan } = cluster.create(10);
    const grow = (tokens: number) =>
      cluster.handle(
        'extend',
        { tenant: 't', sequence: plan.sequence, epoch: plan.epoch, blocks: [], tokens, maxTokens: 0 },
        at(0),
      ).answer;
    expect(grow(10 * blockTokens).maxTokens).toBe(10 * blockTokens);
    expect(cluster.admittedBytes).toBe(13 * pageBytes(geometry));
    grow(11 * blockTokens);
    expect(cluster.admittedBytes).toBe(14 * pageBytes(geometry));
    cluster.create(10, 'other');
    const error = refusalOf(() => grow(20 * blockTokens));
    expect(error.context).toMatchObject({ admission: 'growth', retryAfterMs: options.admissionRetryMs });
    expect(cluster.tables.snapshot().sequences.map(({ tokens }) => tokens)).toContain(11 * blockTokens);
    expect(cluster.admittedBytes).toBe(27 * pageBytes(geometry));
  });

  it('needs room for what a fork shares only once', () => {
    const event = { tenant: 't', epoch: cluster.machine.membership.epoch };
    const chain = Array.from({ length: 18 }, (_, index) => index.toString(16).padStart(64, '0') as never);
    const namespace = cluster.machine.membership.identity!.namespace;
    const create = {
      tenant: 't',
      namespace,
      blocks: chain,
      tokens: 18 * blockTokens,
      maxTokens: 0,
      ticket: null,
    };
    const answer = cluster.handle('create', create, at(0)).answer;
    if (answer.kind !== 'placed') throw new Error('it waits');
    const { sequence } = answer.placed.plan;
    const fork = { ...event, sequence, maxTokens: 18 * blockTokens + 1, ticket: null };
    cluster.handle('fork', fork, at(0));
    expect(cluster.admittedBytes).toBe((18 + 3 + 1 + 3) * pageBytes(geometry));
  });

  it('forgets sequences that nobody decodes or calls for, and counts them again when their stream opens', () => {
    const quiet = cluster.create(10).plan.sequence;
    const decoded = cluster.create(10).plan.sequence;
    cluster.ask(10, 1, 'other');
    cluster.beat(9_000, [decoded]);
    // The wait was long over by then.
    cluster.handle('tick', {}, at(500));
    cluster.handle('tick', {}, at(10_000));
    expect(cluster.admittedBytes).toBe(13 * pageBytes(geometry));
    cluster.beat(10_500, [decoded, quiet]);
    expect(cluster.admittedBytes).toBe(26 * pageBytes(geometry));
  });

  it('waits while a stage has nobody, and goes on when a worker has joined', () => {
    const { plan } = cluster.create(20);
    cluster.ask(20, 1);
    cluster.handle('inventoryClosed', { worker: 'w0' as WorkerId, stream: 0 }, at(0));
    cluster.release(plan.sequence);
    expect(cluster.ended).toEqual([]);
    cluster.serve();
    expect(cluster.ended).toEqual([1]);
  });

  it('counts after a restart what was live before, until it falls silent', () => {
    cluster.create(20);
    const random = countingRandom();
    for (let used = 0; used < 10; used += 1) random.bytes(16); // ids of before
    const after = new Cluster();
    after.machine = new CoordinatorMachine(options, random, cluster.tables.snapshot());
    after.serve();
    expect(after.admittedBytes).toBe(23 * pageBytes(geometry));
    expect(after.ask(20, 1).kind).toBe('waiting');
    after.handle('tick', {}, at(options.admissionIdleMs));
    expect(after.admittedBytes).toBe(0);
  });

  it('never admits more than the stages hold, and forgets no wait', () => {
    const action = fc.oneof(
      fc.record({
        kind: fc.constant('ask' as const),
        blocks: fc.integer({ min: 1, max: 30 }),
        who: fc.nat(2),
      }),
      fc.record({ kind: fc.constant('release' as const), at: fc.nat(9) }),
      fc.record({ kind: fc.constant('withdraw' as const), at: fc.nat(9) }),
      fc.record({
        kind: fc.constant('grow' as const),
        at: fc.nat(9),
        blocks: fc.integer({ min: 1, max: 30 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const one = new Cluster();
        one.serve();
        const { admission } = one.machine.sequences;
        const waiting = new Set<number>();
        const live = () => one.tables.snapshot().sequences;
        const attempt = (call: () => void) => {
          try {
            call();
          } catch (thrown) {
            expect(KvError.from(thrown).kind).toBe('exhausted');
          }
        };
        actions.forEach((what, ticket) => {
          const pick = live()[what.kind === 'ask' ? 0 : what.at % Math.max(1, live().length)];
          const epoch = one.machine.membership.epoch;
          if (what.kind === 'ask')
            attempt(() => {
              if (one.ask(what.blocks, ticket, `tenant ${what.who}`).kind === 'waiting') waiting.add(ticket);
            });
          else if (what.kind === 'withdraw') {
            const gone = [...waiting][what.at % Math.max(1, waiting.size)];
            if (gone !== undefined) one.handle('withdraw', { ticket: gone }, at(0));
            waiting.delete(gone ?? -1);
          } else if (pick !== undefined && what.kind === 'release') one.release(pick.id, pick.tenant);
          else if (pick !== undefined && what.kind === 'grow') {
            const maxTokens = what.blocks * blockTokens;
            const { id: sequence, tenant, tokens } = pick;
            attempt(() =>
              one.handle('extend', { tenant, sequence, epoch, blocks: [], tokens, maxTokens }, at(0)),
            );
          }
          for (const end of one.ended) waiting.delete(typeof end === 'number' ? end : end.refused);
          expect(admission.waiting).toBe(waiting.size);
          expect(admission.waiting).toBeLessThanOrEqual(options.admissionQueueMax);
          for (const { admittedBytes, budgetBytes } of admission.stages())
            expect(admittedBytes).toBeLessThanOrEqual(budgetBytes);
        });
        // When all that lives ends, all that waits is admitted in its time.
        while (live().length > 0) for (const { id, tenant } of live()) one.release(id, tenant);
        expect(admission.waiting).toBe(0);
        expect(one.admittedBytes).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses a context past the longest, at creation and when it grows', () => {
    const line = `is past the longest context of this namespace, ${maxTokens} tokens`;
    expect(refusalOf(() => cluster.ask(41, 1))).toMatchObject({ kind: 'invalid', context: { maxTokens } });
    expect(() => cluster.ask(41, 1)).toThrow(line);
    const { plan } = cluster.create(2);
    const event = { tenant: 't', sequence: plan.sequence, epoch: plan.epoch, blocks: [], maxTokens: 0 };
    expect(() => cluster.handle('extend', { ...event, tokens: maxTokens + 1 }, at(0))).toThrow(line);
  });
});
