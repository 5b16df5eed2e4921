// Builds dist/ from src/. With --if-stale it does nothing when dist/ is newer than every source.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
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
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
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

/** What was built from a source that is gone would still be packed, and found by imports. */
function removeOrphans() {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const built = join(entry.parentPath, entry.name);
    if (!entry.isFile() || built === stamp) continue;
    const source = built.slice(dist.length + 1).replace(/(\.d\.ts|\.js\.map|\.js)$/, '.ts');
    if (!existsSync(join(root, 'src', source))) rmSync(built);
  }
}

/** Licences ask that their words go along with what is bundled. */
function notices() {
  const words = (name, file) => readFileSync(join(root, 'node_modules', name, file), 'utf8').trim();
  const echarts = `${words('echarts', 'NOTICE')}\nApache License 2.0: https://www.apache.org/licenses/LICENSE-2.0`;
  return `/*! ${echarts}\n\nZRender\n${words('zrender', 'LICENSE')}\n*/`;
}

/** The script of the pages that `kvtide sim report` writes: one file, since a page brings all that it needs. */
async function bundlePage() {
  const { build: bundle } = await import('esbuild');
  await bundle({
    absWorkingDir: root,
    entryPoints: ['src/lab/page/main.ts'],
    outfile: 'dist/lab/page/main.js',
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    banner: { js: notices() },
    logLevel: 'warning',
  });
}

async function build() {
  const startedAt = new Date();
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (run.status !== 0) return run.status ?? 1;
  removeOrphans();
  await bundlePage();
  writeFileSync(stamp, `${startedAt.toISOString()}\n`);
  // The stamp is as old as the start: what was edited while the compiler ran is newer.
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
