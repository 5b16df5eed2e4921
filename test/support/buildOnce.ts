import { spawnSync } from 'node:child_process';

/** Compute threads and child processes run from dist/: build it once before all tests. */
export default function buildOnce(): void {
  const run = spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { stdio: 'inherit' });
  if (run.status !== 0) throw new Error('dist/ could not be built; the messages of the compiler stand above');
}
