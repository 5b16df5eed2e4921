import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { plainModules } from '../support/plainModules.js';

const [module_ = ''] = plainModules('tiers/extentDisk');
const publish = `
  import { ExtentDisk } from ${JSON.stringify(module_)};
  const disk = new ExtentDisk(process.argv[1]);
  await disk.open();
  const publish = (number, fill) => {
    const key = Buffer.alloc(34);
    key.writeUInt32BE(number);
    const write = disk.begin(key, 40000);
    write.write(Buffer.alloc(30000, fill));
    write.write(Buffer.alloc(10000, fill));
    return write.publish({ shared: Buffer.from('s'), own: Buffer.from(String(fill)) });
  };
`;
/** Writes 24 records over and over for ever, each with other bytes every time; says what is flushed. */
const writer = `${publish}
  for (let round = 0; ; round += 1) {
    await Promise.all(Array.from({ length: 8 }, (_, i) => publish((round * 8 + i) % 24, round % 251)));
    console.log(round);
  }
`;
/** Publishes until the file may not grow, then says how it went, and whether the disk still works. */
const filler = `${publish}
  let number = 0;
  let outcome;
  do {
    number += 1;
    outcome = await publish(number, 1);
  } while (outcome.kind === 'published');
  await disk.flush();
  const [first, second] = [...disk.scan()].map(({ key }) => key);
  const read = await disk.read(first, [Buffer.alloc(40000)]);
  const removed = await disk.remove([second]);
  const again = await publish(number, 2);
  await disk.close();
  console.log(JSON.stringify({ number, outcome, read: read.kind, removed, again }));
`;

describe('ExtentDisk in a process of its own', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kvtide-disk-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('loses nothing published and shows no torn record when its process is killed', {
    timeout: 60_000,
  }, async () => {
    for (const rounds of [4, 30, 9]) {
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
      const disk = new ExtentDisk(dir);
      expect(await disk.open()).toEqual({ kind: 'ready', records: 24, corrupt: 0 });
      for (const { key: k, meta, bytes } of [...disk.scan()]) {
        const fill = Number(Buffer.from(meta.own).toString());
        const payload = Buffer.alloc(bytes);
        expect(await disk.read(k, [payload])).toMatchObject({ kind: 'hit' });
        expect(payload.equals(Buffer.alloc(40_000, fill))).toBe(true);
        // Records 16 to 23 are those of the third round of a cycle, and so on.
        const newest = said - ((said - Math.floor(Buffer.from(k).readUInt32BE(0) / 8) + 3) % 3);
        expect(fill).toBeGreaterThanOrEqual(newest);
      }
      await disk.close();
    }
  });

  it('refuses what the medium has no room for, keeps what it has, and goes on after a removal', async () => {
    const limited = 'trap \'\' XFSZ; ulimit -f 4096; exec "$0" --input-type=module -e "$1" "$2"';
    const child = spawn('bash', ['-c', limited, process.execPath, filler, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of child.stdout) said += String(chunk);
    const { number, ...rest } = JSON.parse(said);
    expect(rest).toEqual({
      outcome: { kind: 'full' },
      read: 'hit',
      removed: { kind: 'removed' },
      again: { kind: 'published' },
    });
    expect(number).toBeGreaterThan(60); // of about a hundred that 4 MiB have room for
    const disk = new ExtentDisk(dir);
    expect(await disk.open()).toEqual({ kind: 'ready', records: number - 1, corrupt: 0 });
    await disk.close();
  });
});
