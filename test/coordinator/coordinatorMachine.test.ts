import { beforeEach, describe, expect, it } from 'vitest';
import type { CoordinatorEffect, Placing, PlannedSequence } from '../../src/coordinator/coordinatorEvent.js';
import { CoordinatorMachine } from '../../src/coordinator/coordinatorMachine.js';
import type { DurableState } from '../../src/coordinator/durableState.js';
import { defaultCoordinatorOptions } from '../../src/coordinator/options.js';
import { StateTables } from '../../src/coordinator/stateTables.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { type Epoch, epoch, type SequenceId, type WorkerId } from '../../src/core/plan.js';
import { at, chainOf, countingRandom, emptyState, geometry, joinRequest, tensor } from './clusterParts.js';

const options = {
  ...defaultCoordinatorOptions,
  maxSequences: 3,
  maxPinnedBlocks: 5,
  maxBlocksPerMessage: 20,
};
const tenant = 't';
const blockTokens = geometry.blockTokens;
/** Does not grow beyond what it has, and does not wait. */
const asIs = { maxTokens: 0, ticket: null };

const beatOf = (worker: WorkerId, shardsEpoch = 0, keptPages = 0) => ({ worker, shardsEpoch, keptPages });

/** A machine whose store effects are kept, as the shell would. */
class Cluster {
  readonly tables = new StateTables();
  readonly machine: CoordinatorMachine;
  effects: readonly CoordinatorEffect[] = [];

  constructor(restored: DurableState = emptyState) {
    this.machine = new CoordinatorMachine(options, countingRandom(), restored);
  }

  handle: CoordinatorMachine['handle'] = (kind, event, now) => {
    const decision = this.machine.handle(kind, event, now);
    this.effects = decision.effects;
    for (const effect of decision.effects) {
      if (effect.kind === 'store') for (const change of effect.changes) this.tables.apply(change);
    }
    return decision;
  };

  /** Two workers that serve and hold `blocks` of their layers. */
  serve(blocks: readonly BlockKey[] = []): WorkerId[] {
    const joined = ['h:1', 'h:2'].map((address, index) => {
      const { member } = this.handle('register', joinRequest(address, { worker: `w${index}` }), at(0)).answer;
      this.handle('ready', { worker: member.worker, epoch: member.since, tensors: [tensor(address)] }, at(0));
      return member;
    });
    joined.forEach(({ worker, layers }, stream) => {
      const added = blocks.flatMap((block) =>
        [layers.from, layers.to - 1].map((layer) => ({ block, layer })),
      );
      this.handle('inventoryOpened', { worker, stream }, at(0));
      const part = { number: 1, whole: true, added, removed: [] };
      this.handle('inventory', { worker, stream, part, more: false }, at(0));
      this.handle('heartbeat', beatOf(worker), at(0));
    });
    return joined.map(({ worker }) => worker);
  }

  get namespace(): string {
    return this.machine.membership.identity?.namespace ?? '';
  }

  create(blocks: readonly BlockKey[], tokens = blocks.length * blockTokens) {
    const event = { tenant, namespace: this.namespace, blocks, tokens, ...asIs };
    return placed(this.handle('create', event, at(0)).answer);
  }

  of(sequence: SequenceId, given: Epoch = this.machine.membership.epoch) {
    return { tenant, sequence, epoch: given };
  }
}

function placed(answer: Placing): PlannedSequence {
  if (answer.kind === 'waiting') throw new Error('it waits for room');
  return answer.placed;
}

describe('CoordinatorMachine', () => {
  let cluster: Cluster;
  beforeEach(() => {
    cluster = new Cluster();
  });

  it('plans nothing before every stage serves', () => {
    expect(() => cluster.create([])).toThrow('it waits for 2 workers');
    cluster.serve();
    expect(cluster.create([], 5).plan.stages.map(({ worker }) => worker)).toEqual(['w0', 'w1']);
  });

  it('serves only when the whole inventory has come', () => {
    const [worker] = cluster.serve();
    cluster.handle('inventoryOpened', { worker: worker!, stream: 9 }, at(0));
    const part = { number: 1, whole: true, added: [], removed: [] };
    const { answer } = cluster.handle('inventory', { worker: worker!, stream: 9, part, more: true }, at(0));
    expect(answer.kind).toBe('wait');
    const late = { worker: worker!, stream: 0, part: { ...part, number: 2 }, more: false };
    expect(() => cluster.handle('inventory', late, at(0))).toThrow('a newer inventory stream');
  });

  it('tells how much of a prompt is cached, and leaves one token to compute', () => {
    const chain = chainOf(6);
    cluster.serve(chain.slice(0, 4));
    expect(cluster.create(chain).cachedBlocks).toBe(4);
    expect(cluster.create(chain.slice(0, 4)).cachedBlocks).toBe(3);
    expect(cluster.create(chain.slice(0, 4), 4 * blockTokens + 1).cachedBlocks).toBe(4);
    const { answer } = cluster.handle(
      'lookup',
      { namespace: cluster.namespace, blocks: chain.slice(0, 4) },
      at(0),
    );
    expect(answer.cachedBlocks).toBe(4);
  });

  it('refuses another namespace', () => {
    cluster.serve();
    const event = { tenant, namespace: 'ff'.repeat(32), blocks: [], tokens: 1, ...asIs };
    expect(() => cluster.handle('create', event, at(0))).toThrow('another model');
  });

  it('extends, forks and truncates in whole blocks', () => {
    cluster.serve();
    const chain = chainOf(4);
    const { plan } = cluster.create(chain.slice(0, 2), 2 * blockTokens + 3);
    const extend = {
      ...cluster.of(plan.sequence),
      blocks: chain.slice(2),
      tokens: 4 * blockTokens + 7,
      maxTokens: 0,
    };
    expect(cluster.handle('extend', extend, at(0)).answer.tokens).toBe(4 * blockTokens + 7);
    // Told again after a lost answer, the same blocks are there once; new ones have to fit.
    expect(cluster.handle('extend', extend, at(0)).answer.tokens).toBe(4 * blockTokens + 7);
    const past = { ...extend, blocks: chainOf(5).slice(4) };
    expect(() => cluster.handle('extend', past, at(0))).toThrow('do not fit');
    const fork = placed(cluster.handle('fork', { ...cluster.of(plan.sequence), ...asIs }, at(0)).answer);
    expect(fork.tokens).toBe(4 * blockTokens);
    expect(fork.plan.sequence).not.toBe(plan.sequence);
    const truncate = { ...cluster.of(plan.sequence), tokens: 3 * blockTokens - 1 };
    expect(cluster.handle('truncate', truncate, at(0)).answer.tokens).toBe(2 * blockTokens);
    const kept = cluster.tables.snapshot().sequences;
    expect(kept.map(({ blocks }) => blocks.length).sort()).toEqual([2, 4]);
    expect(() => cluster.handle('truncate', { ...truncate, tokens: 999 }, at(0))).toThrow(
      'cannot be truncated',
    );
    expect(() => cluster.handle('extend', { ...extend, blocks: [], tokens: 1 }, at(0))).toThrow(
      'truncate it',
    );
  });

  it('knows a sequence only for its tenant, until it is released', () => {
    cluster.serve();
    const { plan } = cluster.create([], 3);
    const stranger = { ...cluster.of(plan.sequence), tenant: 'other', ...asIs };
    expect(() => cluster.handle('fork', stranger, at(0))).toThrow('there is no sequence');
    cluster.handle('release', stranger, at(0));
    expect(cluster.machine.sequences.size).toBe(1);
    cluster.handle('release', cluster.of(plan.sequence), at(0));
    expect(cluster.tables.snapshot().sequences).toEqual([]);
    const fork = { ...cluster.of(plan.sequence), ...asIs };
    expect(() => cluster.handle('fork', fork, at(0))).toThrow('there is no sequence');
  });

  it('refuses a plan of an older epoch and says which it is', () => {
    const [first] = cluster.serve();
    const { plan } = cluster.create([], 3);
    cluster.handle('inventoryClosed', { worker: first!, stream: 0 }, at(0));
    const extend = { ...cluster.of(plan.sequence, plan.epoch), blocks: [], tokens: 3, maxTokens: 0 };
    expect(() => cluster.handle('extend', extend, at(0))).toThrow('worker w0 is lost');
    cluster.serve();
    const { epoch: current } = cluster.machine.membership;
    expect(() => cluster.handle('extend', extend, at(0))).toThrowError(
      expect.objectContaining({ kind: 'stale', context: { epoch: current } }),
    );
    expect(cluster.handle('extend', { ...extend, epoch: current }, at(0)).answer.plan.epoch).toBe(current);
  });

  it('loses a worker with its inventory stream, and what only it held', () => {
    const chain = chainOf(3);
    const [first] = cluster.serve(chain);
    cluster.handle('inventoryClosed', { worker: first!, stream: 0 }, at(0));
    expect(cluster.effects).toContainEqual(expect.objectContaining({ kind: 'lost', cause: 'stream' }));
    expect(cluster.machine.index.pagesOf(first!)).toBe(0);
    expect(cluster.machine.index.blocks).toBe(3);
  });

  it('loses a worker that is not heard of', () => {
    cluster.serve();
    cluster.handle('heartbeat', beatOf('w0' as WorkerId), at(2_000));
    cluster.handle('tick', {}, at(options.leaseMs));
    const lost = cluster.effects.flatMap((effect) => (effect.kind === 'lost' ? [effect.member.worker] : []));
    expect(lost).toEqual(['w1']);
  });

  it('tells a worker that beats under an older registration to join again', () => {
    const [worker] = cluster.serve();
    const { since } = cluster.machine.membership.live(worker!);
    cluster.handle('heartbeat', { ...beatOf(worker!), since }, at(1));
    cluster.handle('register', joinRequest('h:1', { worker: worker! }), at(1));
    const beat = () => cluster.handle('heartbeat', { ...beatOf(worker!), since }, at(2));
    expect(beat).toThrow('has registered again');
  });

  it('asks for the whole inventory after a gap', () => {
    const [worker] = cluster.serve();
    const part = { number: 3, whole: false, added: [], removed: [] };
    const event = { worker: worker!, stream: 0, part, more: false };
    expect(cluster.handle('inventory', event, at(0)).answer.kind).toBe('resend');
    expect(cluster.handle('inventory', { ...event, part: { ...part, number: 4 } }, at(0)).answer.kind).toBe(
      'wait',
    );
    expect(
      cluster.handle('inventory', { ...event, part: { ...part, number: 5, whole: true } }, at(0)).answer.kind,
    ).toBe('ack');
  });

  it('tells each worker the pins once, and again when they change', () => {
    const [worker] = cluster.serve();
    const beat = () => cluster.handle('heartbeat', beatOf(worker!), at(1)).answer.pinned;
    expect(beat()).toBeNull();
    const pin = { namespace: cluster.namespace, blocks: chainOf(2), ttlMs: 1_000 };
    expect(cluster.handle('pin', pin, at(0)).answer.blocks).toBe(2);
    expect(beat()).toEqual(chainOf(2));
    expect(beat()).toBeNull();
    cluster.handle('pin', { ...pin, blocks: chainOf(1), ttlMs: 0 }, at(0));
    expect(beat()).toEqual(chainOf(2).slice(1));
    cluster.handle('tick', {}, at(1_000));
    expect(beat()).toEqual([]);
    expect(cluster.tables.snapshot().pins).toEqual([]);
  });

  it('keeps its bounds', () => {
    cluster.serve();
    const pin = { namespace: cluster.namespace, blocks: chainOf(6), ttlMs: 1 };
    expect(() => cluster.handle('pin', pin, at(0))).toThrow('over the bound of 5');
    expect(cluster.machine.pins.size).toBe(0);
    expect(() => cluster.create(chainOf(21))).toThrow('at most 20 are taken');
    for (let count = 0; count < options.maxSequences; count += 1) cluster.create([], 1);
    expect(() => cluster.create([], 1)).toThrow('release some');
  });

  it('releases sequences that nobody touches', () => {
    cluster.serve();
    const { plan } = cluster.create([], 1);
    cluster.handle('tick', {}, { ...at(0), wallMs: at(0).wallMs + options.sequenceIdleMs });
    expect(cluster.effects).toContainEqual({ kind: 'abandoned', sequence: plan.sequence });
    expect(cluster.tables.snapshot().sequences).toEqual([]);
  });

  it('goes on after a restart with sequences, pins, stages and a higher epoch', () => {
    cluster.serve();
    const chain = chainOf(3);
    const { plan } = cluster.create(chain);
    cluster.handle('pin', { namespace: cluster.namespace, blocks: chain, ttlMs: 5_000 }, at(0));
    const state = cluster.tables.snapshot();
    expect(state.epoch).toBe(cluster.machine.membership.epoch);

    const after = new Cluster(state);
    expect(after.machine.membership.epoch).toBeGreaterThan(state.epoch);
    const back = joinRequest('h:2', { worker: 'w1' });
    expect(after.handle('register', back, at(0)).answer.member.stage).toBe(1);
    after.serve(chain);
    expect(after.machine.pins.size).toBe(3);
    const extend = { ...after.of(plan.sequence), blocks: [], tokens: 3 * blockTokens + 1, maxTokens: 0 };
    expect(after.handle('extend', extend, at(0)).answer.cachedBlocks).toBe(3);
    expect(() => after.handle('extend', { ...extend, epoch: epoch(plan.epoch) }, at(0))).toThrow(
      'ask for a new plan',
    );
  });
});
