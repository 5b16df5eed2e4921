import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { LmdbStateStore } from '../../src/coordinator/lmdbStateStore.js';
import { MemoryStateStore } from '../../src/coordinator/memoryStateStore.js';
import { encodeRecord } from '../../src/coordinator/stateRecord.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { epoch, sequenceId, workerId } from '../../src/core/plan.js';
import { stateStoreContract } from '../contract/stateStoreContract.js';

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kvtide-state-'));
  try {
    await test(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

stateStoreContract('LmdbStateStore', (test) =>
  inFolder((folder) => test({ reopen: () => new LmdbStateStore(folder) })),
);

stateStoreContract('MemoryStateStore', (test) => {
  const store = new MemoryStateStore();
  return test({ reopen: () => store });
});

describe('LmdbStateStore', () => {
  const change = (stage: number) =>
    ({ kind: 'assign', assignment: { stage, worker: workerId(`w${stage}`) } }) as const;

  async function written(folder: string): Promise<string> {
    const store = new LmdbStateStore(folder);
    await store.open();
    await store.write([{ kind: 'epoch', epoch: epoch(9) }, change(0), change(1)]);
    await store.close();
    return join(folder, 'state');
  }

  /** Does to the records what damage would, behind the store's back. */
  async function tamper(path: string, act: (records: ReturnType<typeof open<Uint8Array, string>>) => void) {
    const records = open<Uint8Array, string>({ path, noSubdir: false, encoding: 'binary' });
    act(records);
    await records.close();
  }

  it.each([
    [
      'a record that vanished',
      (records: { removeSync(key: string): boolean }) => records.removeSync('assign/1'),
    ],
    [
      'a record with a flipped byte',
      (records: {
        get(key: string): Uint8Array | undefined;
        putSync(key: string, value: Uint8Array): unknown;
      }) => {
        const record = Buffer.from(records.get('assign/1') ?? []);
        record[10] = (record[10] ?? 0) ^ 1;
        records.putSync('assign/1', record);
      },
    ],
  ])('moves a store with %s away and starts empty', async (_, act) => {
    await inFolder(async (folder) => {
      const path = await written(folder);
      await tamper(path, act);
      const store = new LmdbStateStore(folder);
      const opened = await store.open();
      expect(opened).toMatchObject({ kind: 'quarantined', movedTo: join(folder, 'quarantine', 'state-1') });
      expect(opened.state.assignments).toEqual([]);
      await store.write([change(2)]);
      await store.close();
      const again = new LmdbStateStore(folder);
      expect((await again.open()).state.assignments).toHaveLength(1);
      await again.close();
    });
  });

  it('moves a file that is no database away', async () => {
    await inFolder(async (folder) => {
      const path = join(await written(folder), 'data.mdb');
      for (const bytes of [Buffer.alloc(readFileSync(path).length, 0x5a), Buffer.from('not much')]) {
        writeFileSync(path, bytes);
        const store = new LmdbStateStore(folder);
        expect(await store.open()).toMatchObject({ kind: 'quarantined', reason: 'it is no database' });
        await store.close();
      }
    });
  });

  it('writes what a long sequence grows by, not the whole of it for every block', async () => {
    await inFolder(async (folder) => {
      const key = (at: number) => at.toString(16).padStart(64, '0') as BlockKey;
      const id = sequenceId('long');
      const blocks = Array.from({ length: 39_063 }, (_, at) => key(at));
      const about = { tenant: 't', namespace: 'ab'.repeat(32) as NamespaceId, touchedMs: 1 };
      const store = new LmdbStateStore(folder);
      await store.open();
      await store.write([{ kind: 'putSequence', sequence: { ...about, id, blocks, tokens: 1e7 } }]);
      const grown = Array.from({ length: 100 }, (_, at) => ({
        kind: 'growSequence' as const,
        growth: { id, from: 39_063 + at, blocks: [key(39_063 + at)], tokens: 1e7 + at, touchedMs: 2 },
      }));
      for (const change of grown) expect(encodeRecord(change).length).toBeLessThan(512);
      for (const change of grown) await store.write([change]);
      await store.close();
      const again = new LmdbStateStore(folder);
      const { state } = await again.open();
      expect(state.sequences).toEqual([
        {
          ...about,
          id,
          blocks: Array.from({ length: 39_163 }, (_, at) => key(at)),
          tokens: 1e7 + 99,
          touchedMs: 2,
        },
      ]);
      await again.close();
    });
  });

  it('goes on with a store of the format before', async () => {
    await inFolder(async (folder) => {
      const path = await written(folder);
      await tamper(path, (records) => records.putSync('about', encodeRecord({ format: 1, records: 3 })));
      const store = new LmdbStateStore(folder);
      expect(await store.open()).toMatchObject({ kind: 'ready', state: { epoch: 9 } });
      await store.close();
    });
  });

  it('does not touch a store of a newer format', async () => {
    await inFolder(async (folder) => {
      const path = await written(folder);
      await tamper(path, (records) => records.putSync('about', encodeRecord({ format: 99, records: 3 })));
      const store = new LmdbStateStore(folder);
      await expect(store.open()).rejects.toMatchObject({ kind: 'unsupported' });
      await store.close();
    });
  });

  it('refuses a folder that cannot be written', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '');
      chmodSync(join(folder, 'file'), 0o400);
      await expect(new LmdbStateStore(join(folder, 'file')).open()).rejects.toMatchObject({
        kind: 'invalid',
      });
    });
  });
});
