// Builds dist/ from src/. With --if-stale it does nothing when dist/ is newer than every source.
import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, '.stamp');
const lock = join(root, '.cache', 'build.lock');
const lockWaitMs = 120_000;
const lockPollMs = 200;

/** Folders count too: their time changes when a file goes. */
function newestMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((most, name) => Math.max(most, newestMs(join(path, name))), stat.mtimeMs);
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const builtAtMs = statSync(stamp).mtimeMs;
  const sources = ['src', 'scripts', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
  return sources.every((name) => newestMs(join(root, name)) <= builtAtMs);
}

function isHeld() {
  try {
    process.kill(Number.parseInt(readFileSync(lock, 'utf8'), 10), 0);
    return true;
  } catch (thrown) {
    return thrown.code === 'EPERM'; // another user's process, but alive
  }
}

/**
 * Two builds at once would tear dist/ apart. The lock is a file that appears whole, with its holder's pid
 * in it, since link(2) is atomic; one whose holder is dead, or that is too old, is taken away.
 */
function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, `${process.pid}`);
  const giveUpAtMs = Date.now() + lockWaitMs;
  try {
    for (;;) {
      try {
        linkSync(mine, lock);
        return;
      } catch (thrown) {
        if (thrown.code !== 'EEXIST') throw thrown;
      }
      if (!isHeld() || Date.now() > giveUpAtMs) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPollMs);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** What an earlier build left would still be packed, and found by imports. */
function removeOthers(made) {
  const belongs = new Set([...made, 'types', '.stamp'].map((name) => join(dist, name)));
  const clear = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (belongs.has(path)) continue;
      if (!entry.isDirectory()) rmSync(path);
      else if (clear(path) === 0) rmdirSync(path);
    }
    return readdirSync(folder).length;
  };
  clear(dist);
}

/** The types of what can be imported. They are not checked here: `npm run types` does that. */
function writeTypes() {
  rmSync(join(dist, 'types'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawn(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
  return new Promise((resolve, reject) => run.on('error', reject).on('close', (code) => resolve(code ?? 1)));
}

async function build() {
  const startedAt = new Date();
  const { bundle } = await import('./bundle.mjs');
  const said = (thrown) => (thrown.errors === undefined ? Promise.reject(thrown) : null); // esbuild has told what
  const [made, status] = await Promise.all([bundle(root, dist).catch(said), writeTypes()]);
  if (made === null || status !== 0) return status || 1;
  removeOthers(made);
  writeFileSync(stamp, `${startedAt.toISOString()}\n`);
  // The stamp is as old as the start: what was edited while it was built is newer.
  utimesSync(stamp, startedAt, startedAt);
  return 0;
}

if (!existsSync(join(root, 'src'))) process.exit(0); // an installed tarball carries dist/ already
const ifStale = process.argv.includes('--if-stale');
if (ifStale && isFresh()) process.exit(0);
if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  // An install without development packages: dist/ has to come with the sources.
  if (!existsSync(stamp))
    process.stderr.write('kvtide: cannot build dist/ without typescript; run "npm ci"\n');
  process.exit(existsSync(stamp) ? 0 : 1);
}
takeLock();
try {
  process.exitCode = ifStale && isFresh() ? 0 : await build();
} finally {
  rmSync(lock, { force: true });
}
