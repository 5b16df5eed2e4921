import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LmdbDisk } from '../../src/tiers/lmdbDisk.js';
import { aboutKey, encodeAbout, lmdbFormat, openLmdbStore } from '../../src/tiers/lmdbStore.js';
import { diskContract, key, pattern, put } from '../contract/diskContract.js';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'kvtide-disk-'));

diskContract('LmdbDisk', () => {
  const dir = temporary();
  return {
    disk: new LmdbDisk(dir),
    reopen: () => new LmdbDisk(dir),
    dispose: () => rmSync(dir, { recursive: true }),
  };
});

const module_ = new URL('../../dist/tiers/lmdbDisk.js', import.meta.url).href;
/** Writes records of two parts for ever; says which are flushed. */
const writer = `
  import { LmdbDisk } from ${JSON.stringify(module_)};
  const disk = new LmdbDisk(process.argv[1]);
  await disk.open();
  for (let round = 0; ; round += 1) {
    await Promise.all(Array.from({ length: 8 }, async (_, i) => {
      const number = round * 8 + i;
      const key = Buffer.alloc(34);
      key.writeUInt32BE(number);
      const write = disk.begin(key, 40000);
      write.write(Buffer.alloc(30000, number % 251));
      write.write(Buffer.alloc(10000, number % 251));
      await write.publish(Buffer.from(String(number)));
    }));
    if (round % 4 === 3) await disk.flush();
    console.log(round);
  }
`;

/** Publishes until the file may not grow, then says how it went, and whether the disk still works. */
const filler = `
  import { LmdbDisk } from ${JSON.stringify(module_)};
  const disk = new LmdbDisk(process.argv[1]);
  await disk.open();
  const publish = (number) => {
    const key = Buffer.alloc(34);
    key.writeUInt32BE(number);
    const write = disk.begin(key, 40000);
    write.write(Buffer.alloc(40000, number));
    return write.publish(Buffer.from(String(number)));
  };
  let number = 0;
  let outcome;
  do {
    number += 1;
    outcome = await publish(number);
  } while (outcome.kind === 'published');
  await disk.flush();
  const read = await disk.read([...disk.scan()][0].key, [Buffer.alloc(40000)]);
  const removed = [...disk.scan()].slice(0, 9).map(({ key }) => key);
  for (const key of removed) await disk.remove([key]); // LMDB reuses room two transactions later
  const again = await publish(1);
  await disk.close();
  console.log(JSON.stringify({ number, outcome, read: read.kind, again, left: removed.length }));
`;

describe('LmdbDisk', () => {
  let dir: string;
  beforeEach(() => {
    dir = temporary();
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('loses nothing published and shows no torn record when its process is killed', {
    timeout: 60_000,
  }, async () => {
    for (const rounds of [3, 14]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', writer, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = -1;
      for await (const line of child.stdout) {
        said = Number(String(line).trim().split('\n').at(-1));
        if (said >= rounds) break;
      }
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      const disk = new LmdbDisk(dir);
      const opened = await disk.open();
      const records = [...disk.scan()];
      expect(opened).toEqual({ kind: 'ready', records: records.length });
      expect(records.length).toBeGreaterThanOrEqual((said + 1) * 8);
      for (const record of records) {
        const number = Number(Buffer.from(record.meta).toString());
        const payload = Buffer.alloc(record.bytes);
        expect(await disk.read(record.key, [payload])).toMatchObject({ kind: 'hit' });
        expect(payload.equals(Buffer.alloc(40_000, number % 251))).toBe(true);
      }
      await disk.close();
    }
  });

  it('refuses what the medium has no room for, keeps what it has, and goes on after a removal', async () => {
    const limited = 'trap \'\' XFSZ; ulimit -f 4096; exec "$0" --input-type=module -e "$1" "$2"';
    const child = spawn('bash', ['-c', limited, process.execPath, filler, dir], {
      stdio: ['ignore', 'pipe', 'ignore'], // LMDB writes of the error to stderr, too
    });
    let said = '';
    for await (const chunk of child.stdout) said += String(chunk);
    const { number, ...rest } = JSON.parse(said);
    expect(rest).toMatchObject({ read: 'hit', again: { kind: 'published' }, left: 9 });
    expect(['full', 'failed']).toContain(rest.outcome.kind); // a write cut short is an I/O error to LMDB
    const disk = new LmdbDisk(dir);
    expect(await disk.open()).toEqual({ kind: 'ready', records: number - 1 - 9 + 1 });
    await disk.close();
  });

  it('refuses a folder that a newer build has written, and leaves it as it is', async () => {
    const disk = new LmdbDisk(dir);
    await disk.open();
    await put(disk, key(1), [pattern(100, 1)], 'm');
    await disk.close();
    const store = openLmdbStore(dir);
    await store.about.put(aboutKey, encodeAbout({ format: lmdbFormat + 1, records: 1 }));
    await store.root.close();
    await expect(new LmdbDisk(dir).open()).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(`format ${lmdbFormat + 1}.* knows ${lmdbFormat}`),
    });
    expect(existsSync(join(dir, 'quarantine'))).toBe(false);
  });

  it('refuses a folder that cannot be written, and names it', async () => {
    writeFileSync(join(dir, 'file'), '');
    const path = join(dir, 'file', 'sub');
    await expect(new LmdbDisk(path).open()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(path),
    });
  });

  it('moves a file that is none of LMDB to quarantine, each to its own place, and starts empty', async () => {
    for (const number of [1, 2]) {
      writeFileSync(join(dir, 'data.mdb'), pattern(100_000, number));
      const disk = new LmdbDisk(dir);
      const movedTo = join(dir, 'quarantine', String(number));
      expect(await disk.open()).toMatchObject({ kind: 'quarantined', movedTo });
      expect(readdirSync(movedTo)).toContain('data.mdb');
      expect([...disk.scan()]).toEqual([]);
      expect(await put(disk, key(1), [pattern(10, 1)], 'm')).toEqual({ kind: 'published' });
      await disk.close();
      rmSync(join(dir, 'data.mdb'));
    }
  });

  it('notices records that are fewer than were stored', async () => {
    const disk = new LmdbDisk(dir);
    await disk.open();
    for (const i of [1, 2, 3]) await put(disk, key(i), [pattern(20_000, i)], 'm');
    await disk.close();
    const store = openLmdbStore(dir);
    await store.root.batch(() => {
      store.index.remove(key(2));
      store.payload.remove(key(2));
    });
    await store.root.close();
    const again = new LmdbDisk(dir);
    expect(await again.open()).toMatchObject({
      kind: 'quarantined',
      reason: '3 records were stored, 2 are there',
    });
    await again.close();
  });
});
