import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../src/memory/fileLock.js';
import { plainModules } from '../support/plainModules.js';

const [module_ = ''] = plainModules('memory/fileLock');
const holder = `
  import { lockFolder } from ${JSON.stringify(module_)};
  console.log(lockFolder(process.argv[1]).kind);
  setInterval(() => {}, 1000);
`;

describe('lockFolder', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kvtide-lock-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is held once, and free again after release', () => {
    const first = lockFolder(dir);
    expect(first.kind).toBe('locked');
    expect(lockFolder(dir)).toEqual({ kind: 'inUse', path: join(dir, 'LOCK'), holder: String(process.pid) });
    if (first.kind === 'locked') {
      first.release();
      first.release();
    }
    const second = lockFolder(dir);
    expect(second.kind).toBe('locked');
    if (second.kind === 'locked') second.release();
  });

  it('is dropped by the kernel when its holder is killed', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', holder, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    expect(String(said).trim()).toBe('locked');
    expect(lockFolder(dir)).toMatchObject({ kind: 'inUse', holder: String(child.pid) });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const after = lockFolder(dir);
    expect(after.kind).toBe('locked');
    if (after.kind === 'locked') after.release();
  });

  it('names the path that cannot be written', () => {
    expect(() => lockFolder(join(dir, 'missing'))).toThrow(join(dir, 'missing', 'LOCK'));
  });
});
