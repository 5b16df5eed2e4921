import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

describe('the bench runner', () => {
  it('offers the nearest name in one line, and fails', () => {
    const run = spawnSync(process.execPath, ['--import', 'tsx', script, 'decod', '--json'], {
      encoding: 'utf8',
    });
    expect(run).toMatchObject({
      status: 2,
      stdout: '',
      stderr:
        'kvtide: there is no bench "decod"; did you mean "decode"?; there is: crash, decode, disk, faults, fuzz, long, reuse, sim, soak, transfer\n',
    });
  });
});
