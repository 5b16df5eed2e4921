import { beforeEach, describe, expect, it } from 'vitest';
import { CoordinatorMachine } from '../../src/coordinator/coordinatorMachine.js';
import { KvError } from '../../src/core/errors.js';
import { pageBytes } from '../../src/core/geometry.js';
import type { WorkerId } from '../../src/core/plan.js';
import { AdmissionCluster, blockTokens, maxTokens, options } from './admissionCluster.js';
import { at, chainOf, countingRandom, emptyState, geometry } from './clusterParts.js';

function refusalOf(ask: () => unknown): KvError {
  try {
    ask();
  } catch (thrown) {
    if (thrown instanceof KvError) return thrown;
  }
  throw new Error('it was not refused');
}

describe('admission of sequences', () => {
  let cluster: AdmissionCluster;
  beforeEach(() => {
    cluster = new AdmissionCluster();
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

  it('gives a sequence that fell silent a new plan, room or not, and refuses only what it was not admitted for', () => {
    const { plan } = cluster.create(20);
    const extend = (blocks: number) =>
      cluster.handle(
        'extend',
        {
          tenant: 't',
          sequence: plan.sequence,
          epoch: plan.epoch,
          blocks: [],
          tokens: blocks * blockTokens,
          maxTokens: 0,
        },
        at(10_000),
      ).answer;
    cluster.beat(9_000);
    cluster.handle('tick', {}, at(10_000));
    cluster.create(20, 'other');
    expect(refusalOf(() => extend(21)).context).toMatchObject({ admission: 'growth' });
    expect(extend(1).maxTokens).toBe(20 * blockTokens);
    expect(cluster.admittedBytes).toBe(46 * pageBytes(geometry));
  });

  it('hears of open streams late where leases are long', () => {
    const long = { ...options, leaseMs: 6 * options.admissionIdleMs };
    cluster.machine = new CoordinatorMachine(long, countingRandom(), emptyState);
    cluster.serve();
    cluster.create(20);
    cluster.beat(options.admissionIdleMs);
    cluster.handle('tick', {}, at(long.leaseMs - 1));
    expect(cluster.admittedBytes).toBe(23 * pageBytes(geometry));
    cluster.handle('tick', {}, at(long.leaseMs));
    expect(cluster.admittedBytes).toBe(0);
  });

  it('takes blocks once that are told again, with others or without', () => {
    const { plan } = cluster.create(20);
    const chain = chainOf(4);
    const extend = (first: number, end: number) =>
      cluster.handle(
        'extend',
        {
          tenant: 't',
          sequence: plan.sequence,
          epoch: plan.epoch,
          blocks: chain.slice(first, end),
          tokens: end * blockTokens,
          maxTokens: 0,
        },
        at(0),
      );
    const kept = () => cluster.tables.snapshot().sequences[0]?.blocks;
    extend(0, 2);
    extend(0, 2);
    expect(kept()).toEqual(chain.slice(0, 2));
    extend(1, 3);
    extend(2, 4);
    expect(kept()).toEqual(chain);
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
    const after = new AdmissionCluster();
    after.machine = new CoordinatorMachine(options, random, cluster.tables.snapshot());
    after.serve();
    expect(after.admittedBytes).toBe(23 * pageBytes(geometry));
    expect(after.ask(20, 1).kind).toBe('waiting');
    after.handle('tick', {}, at(options.admissionIdleMs));
    expect(after.admittedBytes).toBe(0);
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
