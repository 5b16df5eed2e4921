import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdServer } from '../../bench/support/etcdServer.js';
import { EtcdStateStore } from '../../src/coordinator/etcdStateStore.js';
import { LeaderSeat } from '../../src/coordinator/leaderSeat.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { epoch, sequenceId, workerId } from '../../src/core/plan.js';
import { systemClock } from '../../src/observe/systemClock.js';
import type { EtcdClient } from '../../src/rpc/etcd/etcdClient.js';
import type { EtcdKv } from '../../src/rpc/etcd/etcdKv.js';
import { stateStoreContract } from '../contract/stateStoreContract.js';

let server: EtcdServer;
let kv: EtcdClient;
beforeAll(async () => {
  server = await EtcdServer.start();
  kv = server.client();
});
afterAll(async () => {
  kv?.close();
  await server?.stop();
});

let clusters = 0;
function newPrefix(): string {
  clusters += 1;
  return `cluster-${clusters}/`;
}

/** Somebody who was elected, and his store. */
async function elected(prefix: string, over: EtcdKv = kv) {
  const seat = new LeaderSeat(kv, prefix);
  const fence = await seat.take(await seat.look(), 'somewhere:1');
  if (fence === null) throw new Error('nobody else takes part');
  const told = { refused: 0, isOver: false };
  const leadership = {
    guard: { key: seat.leaderKey, revision: fence },
    holds: () => !told.isOver,
    refused: () => {
      told.refused += 1;
    },
  };
  return { told, store: new EtcdStateStore({ kv: over, prefix, clock: systemClock, leadership }) };
}

stateStoreContract('EtcdStateStore', async (test) => {
  const prefix = newPrefix();
  const seat = new LeaderSeat(kv, prefix);
  const fence = await seat.take(await seat.look(), 'somewhere:1');
  const leadership = {
    guard: { key: seat.leaderKey, revision: fence ?? -1 },
    holds: () => true,
    refused: () => {},
  };
  await test({ reopen: () => new EtcdStateStore({ kv, prefix, clock: systemClock, leadership }) });
});

const key = (at: number) => at.toString(16).padStart(64, '0') as BlockKey;
const pin = (at: number) => ({ kind: 'putPin', pin: { block: key(at), endsMs: at } }) as const;
const longSequence = (blocks: number) => ({
  id: sequenceId('long'),
  tenant: 't',
  namespace: 'ab'.repeat(32) as NamespaceId,
  touchedMs: 1,
  tokens: blocks * 256,
  blocks: Array.from({ length: blocks }, (_, at) => key(at)),
});

describe('EtcdStateStore', () => {
  it('refuses every write of a leader that was replaced, and changes nothing', async () => {
    const prefix = newPrefix();
    const old = await elected(prefix);
    await old.store.open();
    await old.store.write([{ kind: 'epoch', epoch: epoch(1) }]);
    const next = await elected(prefix);
    await next.store.open();
    await expect(old.store.write([{ kind: 'epoch', epoch: epoch(7) }])).rejects.toMatchObject({
      kind: 'stale',
    });
    expect(old.told.refused).toBe(1);
    await next.store.write([{ kind: 'epoch', epoch: epoch(2) }]);
    const third = await elected(prefix);
    expect((await third.store.open()).state.epoch).toBe(2);
  });

  it('sends nothing once its own clock says that the time is over', async () => {
    const prefix = newPrefix();
    const { store, told } = await elected(prefix);
    await store.open();
    told.isOver = true;
    await expect(store.write([pin(1)])).rejects.toMatchObject({ kind: 'stale' });
    expect(told.refused).toBe(0);
    const next = await elected(prefix);
    expect((await next.store.open()).state.pins).toEqual([]);
  });

  it('keeps a sequence of ten million tokens, and hundreds of changes in one write', async () => {
    const prefix = newPrefix();
    const sequence = longSequence(39_063);
    const pins = Array.from({ length: 450 }, (_, at) => pin(at));
    const { store } = await elected(prefix);
    await store.open();
    await store.write([{ kind: 'putSequence', sequence }, ...pins]);
    const next = await elected(prefix);
    const { state } = await next.store.open();
    expect(state.sequences).toEqual([sequence]);
    expect(state.pins).toHaveLength(450);
  });

  it('makes all or none of a write that takes several transactions, wherever its leader died', async () => {
    const changes = [
      { kind: 'putSequence', sequence: longSequence(20_000) } as const,
      ...Array.from({ length: 150 }, (_, at) => pin(at)),
    ];
    const outcomes = new Set<string>();
    for (let commits = 1; ; commits += 1) {
      const prefix = newPrefix();
      let left = Number.POSITIVE_INFINITY;
      const dying: EtcdKv = {
        read: (keys) => kv.read(keys),
        list: (all) => kv.list(all),
        commit: (guards, ops) => {
          left -= 1;
          return left < 0 ? new Promise(() => {}) : kv.commit(guards, ops);
        },
        close: () => {},
      };
      const { store } = await elected(prefix, dying);
      await store.open();
      await store.write([{ kind: 'assign', assignment: { stage: 0, worker: workerId('w') } }]);
      left = commits;
      const whole = store.write(changes).then(() => true);
      const died = new Promise<false>((resolve) => {
        const look = () => (left < 0 ? resolve(false) : setTimeout(look, 2));
        look();
      });
      const isWhole = await Promise.race([whole, died]);
      const next = await elected(prefix);
      const { state } = await next.store.open();
      const found = `${state.sequences[0]?.blocks.length ?? 0} blocks, ${state.pins.length} pins`;
      expect(['0 blocks, 0 pins', '20000 blocks, 150 pins']).toContain(found);
      expect(state.assignments).toHaveLength(1);
      outcomes.add(found);
      expect(await kv.list(`${prefix}redo/`)).toEqual([]);
      if (isWhole) break;
    }
    expect([...outcomes]).toEqual(['0 blocks, 0 pins', '20000 blocks, 150 pins']);
  });

  it('names a record that is damaged', async () => {
    const prefix = newPrefix();
    const { store } = await elected(prefix);
    await store.open();
    await store.write([pin(3)]);
    const [record] = await kv.list(`${prefix}state/`);
    const bytes = Buffer.from(record?.value ?? []);
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    await kv.commit([], [{ kind: 'put', key: record?.key ?? '', value: bytes }]);
    const next = await elected(prefix);
    await expect(next.store.open()).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining(record?.key ?? '-'),
    });
  });
});
