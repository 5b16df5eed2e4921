import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

let folder: string | null = null;
afterAll(() => {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  folder = null;
});

/** A folder of the test file's own, removed after it. */
export function scratchFolder(): string {
  folder ??= mkdtempSync(join(tmpdir(), 'kvtide-test-'));
  return folder;
}

/** A file in it. @returns its path. */
export function scratchFile(name: string, content: string): string {
  const path = join(scratchFolder(), name);
  writeFileSync(path, content);
  return path;
}
