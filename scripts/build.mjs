// Builds dist/ from src/. With --if-stale it does nothing when dist/ is newer than every source.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'dist', '.stamp');
const lock = join(root, '.cache', 'build.lock');
const lockWaitMs = 120_000;

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((most, name) => Math.max(most, newest(join(path, name))), 0);
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const builtAt = statSync(stamp).mtimeMs;
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
  return sources.every((name) => !existsSync(join(root, name)) || newest(join(root, name)) <= builtAt);
}

/** Two builds at once would tear dist/ apart: a folder is the lock, since mkdir is atomic. */
function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  const giveUpAt = Date.now() + lockWaitMs;
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch {
      if (Date.now() > giveUpAt) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}

if (!existsSync(join(root, 'src'))) process.exit(0); // an installed tarball carries dist/ already
const ifStale = process.argv.includes('--if-stale');
if (ifStale && isFresh()) process.exit(0);
takeLock();
let status = 0;
try {
  if (!(ifStale && isFresh())) {
    const startedAt = new Date();
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const run = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
      stdio: 'inherit',
    });
    status = run.status ?? 1;
    if (status === 0) {
      writeFileSync(stamp, `${startedAt.toISOString()}\n`);
    }
  }
} finally {
  rmSync(lock, { recursive: true, force: true });
}
process.exit(status);
