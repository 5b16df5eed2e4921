import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';

const dataName = 'slots-4096.dat';
const key = new Uint8Array(34).fill(3);
const payload = new Uint8Array(4000).fill(7);

describe('opening where the system refuses', () => {
  let dir: string;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kvtide-open-'));
    const disk = new ExtentDisk(dir);
    await disk.open();
    const write = disk.begin(key, payload.length);
    write.write(payload);
    const meta = { shared: new Uint8Array([1]), own: new Uint8Array([2]) };
    expect(await write.publish(meta)).toEqual({ kind: 'published' });
    await disk.close();
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  // A folder in the place of a file cannot be opened as one, also by root.
  it.each([dataName, 'data.mdb'])('says so and keeps what is stored: %s', async (name) => {
    const path = join(dir, name);
    renameSync(path, `${path}.away`);
    mkdirSync(path);
    await expect(new ExtentDisk(dir).open()).rejects.toMatchObject({
      name: 'KvError',
      kind: 'unavailable',
      message: expect.stringContaining(dir),
    });
    expect(existsSync(join(dir, 'quarantine'))).toBe(false);
    rmdirSync(path);
    renameSync(`${path}.away`, path);

    const disk = new ExtentDisk(dir);
    expect(await disk.open()).toEqual({ kind: 'ready', records: 1, corrupt: 0 });
    const into = new Uint8Array(payload.length);
    expect(await disk.read(key, [into])).toMatchObject({ kind: 'hit' });
    expect(into).toEqual(payload);
    await disk.close();
  });
});
