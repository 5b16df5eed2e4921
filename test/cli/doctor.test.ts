import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkLimits } from '../../src/cli/doctorLimits.js';
import { scratchFolder } from '../support/scratchFolder.js';
import { runCli } from './runCli.js';

const limits = (files: string, locked: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\n` +
  `Max open files            ${files.padEnd(20)} 1048576              files\n` +
  `Max locked memory         ${locked.padEnd(20)} unlimited            bytes\n`;
const states = (text: string): string[] => checkLimits(text, 2 ** 20).map(({ state }) => state);

describe('checkLimits', () => {
  it('is content with limits that suffice', () => {
    expect(states(limits('4096', 'unlimited'))).toEqual(['ok', 'ok']);
    expect(states(limits('unlimited', '1048576'))).toEqual(['ok', 'ok']);
  });

  it('warns of low limits, fails where nothing can run, and says how to mend', () => {
    expect(states(limits('1024', '65536'))).toEqual(['warn', 'warn']);
    expect(states(limits('64', 'unlimited'))).toEqual(['fail', 'ok']);
    const [files, locked] = checkLimits(limits('64', '65536'), 2 ** 20);
    expect(files?.mend).toContain('ulimit -n 4096');
    expect(locked?.mend).toContain('--pinned-bytes');
  });
});

describe('doctor', () => {
  it('looks at a data folder and leaves nothing in it', async () => {
    const { stdout, exitCode } = await runCli(['doctor', '--data-dir', scratchFolder(), '--json']);
    expect(exitCode).toBe(0);
    expect(readdirSync(scratchFolder())).toEqual([]);
    const { checks }: { checks: { name: string; state: string }[] } = JSON.parse(stdout);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['open files', 'memory', 'ONNX Runtime', 'disk room', 'disk speed']),
    );
  });

  it('fails with a line for a folder that is missing', async () => {
    const { stdout, exitCode } = await runCli(['doctor', '--data-dir', '/does/not/exist']);
    expect(exitCode).toBe(10);
    expect(stdout).toMatch(/^fail data folder: .*ENOENT.*choose another --data-dir/m);
  });

  it('fails where the pinned tier is larger than memory', async () => {
    const { stdout } = await runCli(['doctor', '--pinned-bytes', '1024TiB']);
    expect(stdout).toMatch(/^fail memory: .* available; /m);
  });

  it('finds a port that is taken, and a coordinator that does not answer', async () => {
    const taken = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const at = `127.0.0.1:${address.port}`;
    const { stdout } = await runCli(['doctor', '--listen', at, '--cluster', at, '--deadline-ms', '500']);
    await new Promise((resolve) => taken.close(resolve));
    expect(stdout).toMatch(/^fail listen: .*EADDRINUSE/m);
    expect(stdout).toMatch(/^fail coordinator: .*; start it/m);
  });
});
