import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './projectFiles.js';

function filesIn(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.sort().map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]));
}

describe('src/rpc/gen', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-gen-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is what the generator makes of proto/ now (npm run gen)', () => {
    const out = join(folder, 'gen');
    const run = spawnSync(process.execPath, ['scripts/gen-proto.mjs', '--out', out], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const made = filesIn(out);
    expect(made.size).toBeGreaterThan(3);
    expect(filesIn(join(root, 'src', 'rpc', 'gen'))).toEqual(made);
  });
});
