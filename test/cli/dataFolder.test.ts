import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryRoot, openDataFolder } from '../../src/cli/dataFolder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kvtide-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the data folder', () => {
  it('is made, kept, and used by one process at a time', async () => {
    const path = join(root, 'deep', 'worker-0');
    const folder = await openDataFolder(path, { ephemeral: false });
    await expect(openDataFolder(path, { ephemeral: false })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(new RegExp(`${path} is in use by process ${process.pid}; .*--data-dir`)),
    });
    folder.close();
    expect(existsSync(path)).toBe(true);
    const again = await openDataFolder(path, { ephemeral: false });
    await again.discard();
    again.close();
    expect(existsSync(path)).toBe(true);
  });

  it('is refused where nothing can be written', async () => {
    await expect(openDataFolder('/proc/kvtide', { ephemeral: false })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^the data folder \/proc\/kvtide cannot be made: .*--data-dir$/),
    });
  });

  it('goes when it is ephemeral, the last one with the folder around it', async () => {
    const around = await makeTemporaryRoot();
    const first = await openDataFolder(join(around, 'a'), { ephemeral: true });
    const second = await openDataFolder(join(around, 'b'), { ephemeral: true });
    await first.discard();
    first.close();
    expect(existsSync(first.path)).toBe(false);
    expect(existsSync(around)).toBe(true);
    await second.discard();
    second.close();
    expect(existsSync(around)).toBe(false);
    expect(dirname(around)).toBe(tmpdir());
  });
});
