import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Membership } from '../../src/coordinator/membership.js';
import { KvError } from '../../src/core/errors.js';
import { namespaceOf } from '../../src/core/namespace.js';
import { epoch, type WorkerId, workerId } from '../../src/core/plan.js';
import { emptyState, geometry, joinRequest, shape, tensor, type Wishes } from './clusterParts.js';

const told = { pinsVersion: 0, shardsEpoch: 0, keptPages: 0, openSequences: 0 };
const options = { stages: 2, workersPerStage: 1, leaseMs: 3_000, loadLeaseMs: 60_000 };

function cluster(stages = 2, restored = emptyState, workersPerStage = 1) {
  const membership = new Membership({ ...options, stages, workersPerStage }, restored);
  let ids = 0;
  const join = (address: string, wishes: Wishes = {}, nowMs = 0) => {
    ids += 1;
    return membership.join(joinRequest(address, wishes), workerId(`w${ids}`), nowMs).member;
  };
  const serve = (address: string, nowMs = 0) => {
    const { worker, since } = join(address, {}, nowMs);
    membership.loaded(worker, since, [tensor(`t-${address}`)], nowMs);
    membership.streamOpened(worker, 1);
    membership.beat(worker, told, nowMs);
    return membership.inventoryKnown(worker);
  };
  return { membership, join, serve };
}

describe('joining', () => {
  it('gives the stages in order, each its layers', () => {
    const { join } = cluster();
    expect(join('h:1')).toMatchObject({ stage: 0, layers: { from: 0, to: 2 }, state: 'loading' });
    expect(join('h:2')).toMatchObject({ stage: 1, layers: { from: 2, to: 4 } });
  });

  it('honours the wish for a stage that is free, and refuses one that does not exist', () => {
    const { join } = cluster();
    expect(join('h:1', { stage: 1 }).stage).toBe(1);
    expect(join('h:2', { stage: 1 }).stage).toBe(0);
    expect(() => cluster().join('h:1', { stage: 2 })).toThrow('stages 0 to 1');
  });

  it('refuses more workers than stages', () => {
    const { join } = cluster();
    join('h:1');
    join('h:2');
    expect(() => join('h:3')).toThrow('3 workers for 2 stages: one worker a stage');
  });

  it('refuses more stages than layers', () => {
    expect(() => cluster(5).join('h:1')).toThrow('5 stages cannot share 4 layers');
  });

  it('names what differs in another geometry or configuration', () => {
    const { join } = cluster();
    join('h:1');
    const other = { geometry: { ...geometry, blockTokens: 32 }, configJson: '{"hidden_size":99,"layers":4}' };
    expect(() => join('h:2', { shape: other })).toThrow(
      'the worker at h:2 has another model than the cluster: blockTokens 32 instead of 16; config hidden_size 99 instead of 16',
    );
    expect(() => join('h:2', { shape: { ...shape, configJson: '[' } })).toThrow('not a JSON object');
  });

  it('takes another model once nobody is left', () => {
    const { membership, join } = cluster();
    const { worker } = join('h:1');
    const other = { ...shape, geometry: { ...geometry, headDim: 16 } };
    membership.leave(worker);
    expect(join('h:2', { shape: other }).stage).toBe(0);
    expect(membership.model?.geometry.headDim).toBe(16);
  });

  it('gives a worker that comes back its stage, under the same id', () => {
    const { membership, join } = cluster();
    join('h:1');
    const second = join('h:2');
    membership.streamOpened(second.worker, 7);
    membership.streamClosed(second.worker, 7);
    const back = join('h:2', { worker: second.worker, stage: 0 });
    expect(back).toMatchObject({ worker: second.worker, stage: 1, state: 'loading', stream: null });
  });

  it('lets a process that restarts on its address take its place at once', () => {
    const { membership, join } = cluster();
    join('h:1');
    const { worker } = join('h:2');
    const { member, replaced } = membership.join(joinRequest('h:2'), workerId('new'), 0);
    expect(member).toMatchObject({ worker: 'new', stage: 1 });
    expect(replaced.map((gone) => gone.worker)).toEqual([worker]);
    expect(() => membership.live(worker)).toThrow('register again');
  });

  it('keeps stages over a restart, and the epoch above what it was', () => {
    const assignments = [
      { stage: 0, worker: workerId('a') },
      { stage: 1, worker: workerId('b') },
    ];
    const restored = { ...emptyState, epoch: epoch(40), assignments };
    const { membership, join } = cluster(2, restored as typeof emptyState);
    expect(membership.epoch).toBe(41);
    expect(join('h:2', { worker: 'b' }).stage).toBe(1);
    expect(join('h:1', { worker: 'a' }).stage).toBe(0);
    expect(membership.epoch).toBeGreaterThan(41);
  });
});

describe('getting ready', () => {
  it('needs the weights and the inventory of every stage', () => {
    const { membership, serve } = cluster();
    expect(membership.waitingFor()).toBe('2 workers');
    serve('h:1');
    expect(membership.ready()).toBeNull();
    expect(membership.identity).toBeNull();
    expect(membership.waitingFor()).toBe('stage 1 (layers 2 to 3): no worker');
    serve('h:2');
    expect(membership.ready()?.map((some) => some.map(({ stage }) => stage))).toEqual([[0], [1]]);
    expect(membership.waitingFor()).toBe('');
    const { fingerprint, namespace } = membership.identity ?? { fingerprint: '', namespace: '' };
    expect(namespace).toBe(namespaceOf(fingerprint, geometry));
  });

  it('tells the namespace when the weights are known, before anybody serves', () => {
    const { membership, join } = cluster();
    for (const address of ['h:1', 'h:2']) {
      const { worker, since } = join(address);
      membership.loaded(worker, since, [tensor(address)], 0);
    }
    expect(membership.identity).not.toBeNull();
    expect(membership.ready()).toBeNull();
    expect(membership.waitingFor()).toContain('worker w1 is loading');
  });

  it('gives one model one fingerprint, however it is split', () => {
    const fingerprints = [1, 2, 4].map((stages) => {
      const { membership, join } = cluster(stages);
      const names = ['embed', 'l0', 'l1', 'l2', 'l3'];
      for (let stage = 0; stage < stages; stage += 1) {
        const { worker, since } = join(`h:${stage}`);
        const mine = names.filter((_, at) => at % stages === stage || at === 0);
        membership.loaded(
          worker,
          since,
          mine.map((name) => tensor(name)),
          0,
        );
      }
      return membership.identity?.fingerprint;
    });
    expect(new Set(fingerprints).size).toBe(1);
  });

  it('refuses tensors that another stage has with other bytes', () => {
    const { membership, join } = cluster();
    const [first, second] = [join('h:1'), join('h:2')];
    membership.loaded(first.worker, first.since, [tensor('embed', 'aa')], 0);
    expect(() => membership.loaded(second.worker, second.since, [tensor('embed', 'bb')], 0)).toThrow(
      'workers w1 and w2 have different bytes for tensor embed',
    );
    expect(membership.identity).toBeNull();
  });

  it('refuses what belongs to a registration that was replaced', () => {
    const { membership, join } = cluster();
    const before = join('h:1', { worker: 'a' });
    join('h:1', { worker: 'a' });
    expect(() => membership.loaded(before.worker, before.since, [], 0)).toThrow('registered again');
  });
});

describe('several workers a stage', () => {
  it('fills every stage once before a second worker joins one', () => {
    const { join } = cluster(2, emptyState, 2);
    const stages = ['h:1', 'h:2', 'h:3', 'h:4'].map((address) => join(address).stage);
    expect(stages).toEqual([0, 1, 0, 1]);
    expect(() => join('h:5')).toThrow('5 workers for 2 stages: 2 workers a stage');
  });

  it('is ready with one worker in each, and lists all that are', () => {
    const { membership, serve } = cluster(2, emptyState, 2);
    serve('h:1');
    expect(membership.ready()).toBeNull();
    serve('h:2');
    expect(membership.ready()?.map(({ length }) => length)).toEqual([1, 1]);
    const third = serve('h:3');
    expect(membership.ready()?.map(({ length }) => length)).toEqual([2, 1]);
    membership.leave(third.worker);
    expect(membership.ready()?.map(({ length }) => length)).toEqual([1, 1]);
  });

  it('keeps the namespace when one more worker joins a stage', () => {
    const { membership, serve, join } = cluster(1, emptyState, 2);
    serve('h:1');
    const before = membership.identity?.namespace;
    const { worker, since } = join('h:2');
    membership.loaded(worker, since, [tensor('t-h:1')], 0);
    expect(membership.identity?.namespace).toBe(before);
  });

  it('gives each its seat again after a restart', () => {
    const { membership, join } = cluster(2, emptyState, 2);
    const joined = ['h:1', 'h:2', 'h:3'].map((address) => join(address));
    const assignments = joined.map((member) => membership.assignmentOf(member));
    expect(assignments.map(({ stage, place }) => [stage, place ?? 0])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
    ]);
    const again = cluster(2, { ...emptyState, assignments } as unknown as typeof emptyState, 2);
    for (const { worker, seat, address } of joined.toReversed())
      expect(again.join(address, { worker }).seat).toBe(seat);
  });
});

describe('losing workers', () => {
  it('by their leases: a long one while they load, a short one once they beat', () => {
    const { membership, join } = cluster();
    const { worker } = join('h:1');
    expect(membership.expire(options.loadLeaseMs - 1)).toEqual([]);
    membership.beat(worker, told, 1_000);
    expect(membership.expire(1_000 + options.leaseMs - 1)).toEqual([]);
    const lost = membership.expire(1_000 + options.leaseMs);
    expect(lost.map((member) => member.worker)).toEqual([worker]);
    expect(() => membership.beat(worker, told, 9_000)).toThrow('register again');
    expect(membership.waitingFor()).toContain(`worker ${worker} is lost`);
  });

  it('by their inventory stream, unless a newer one took over', () => {
    const { membership, serve } = cluster();
    const { worker } = serve('h:1');
    membership.streamOpened(worker, 2);
    expect(membership.streamClosed(worker, 1)).toBeUndefined();
    expect(membership.streamClosed(worker, 2)).toMatchObject({ worker, state: 'lost' });
    expect(membership.streamClosed(worker, 2)).toBeUndefined();
  });
});

describe('any history', () => {
  type Step = { kind: 'join' | 'load' | 'beat' | 'open' | 'close' | 'know' | 'leave' | 'wait'; who: number };
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('join', 'load', 'beat', 'open', 'close', 'know', 'leave', 'wait'),
    who: fc.nat({ max: 4 }),
  });

  it.each([1, 2])('with %i workers a stage has no more than those, and epochs that only grow', (each) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { membership, join } = cluster(3, emptyState, each);
        let nowMs = 0;
        let last = membership.epoch;
        for (const { kind, who } of steps) {
          const worker: WorkerId = workerId(`x${who}`);
          const before = JSON.stringify(membership.members());
          try {
            if (kind === 'join') join(`h:${who}`, { worker, stage: who % 3 }, nowMs);
            if (kind === 'load')
              membership.loaded(worker, membership.live(worker).since, [tensor(worker)], nowMs);
            if (kind === 'beat') membership.beat(worker, told, nowMs);
            if (kind === 'open') membership.streamOpened(worker, who);
            if (kind === 'close') membership.streamClosed(worker, who);
            if (kind === 'know') membership.inventoryKnown(worker);
            if (kind === 'leave') membership.leave(worker);
            if (kind === 'wait') {
              nowMs += 1_500;
              membership.expire(nowMs);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(KvError);
            expect(JSON.stringify(membership.members())).toBe(before);
          }
          const members = membership.members();
          for (const stage of [0, 1, 2])
            expect(members.filter((member) => member.stage === stage).length).toBeLessThanOrEqual(each);
          expect(new Set(members.map(({ seat }) => seat)).size).toBe(members.length);
          expect(new Set(members.map((member) => member.worker)).size).toBe(members.length);
          expect(membership.epoch).toBeGreaterThanOrEqual(last);
          const summary = (text: string) =>
            text.replaceAll(/"(leaseEndsMs|stream|beats|pinsVersion)":[^,}]*/g, '');
          if (summary(JSON.stringify(members)) !== summary(before))
            expect(membership.epoch).toBeGreaterThan(last);
          last = membership.epoch;
          const ready = membership.ready();
          expect(ready === null).toBe(membership.waitingFor() !== '');
          for (const some of ready ?? []) {
            expect(some.length).toBeGreaterThan(0);
            for (const member of some) expect(member.state).toBe('ready');
          }
        }
      }),
    );
  });
});
