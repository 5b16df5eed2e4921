import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readyLineSchema } from '../../src/cli/readyLine.js';
import { root } from '../house/projectFiles.js';
import { flagValue, readCompose } from './composeFile.js';

const entry = join(root, 'bin', 'kvtide.js');
const { services } = readCompose();

/** The compose file's own commands, on loopback: other addresses, folders and model, the same flags. */
describe('the services of docker-compose.yml', () => {
  let folder: string;
  const running: ChildProcess[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-compose-'));
  });
  afterAll(async () => {
    const ends = running.map((child) => child.exitCode === null && once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ends);
    rmSync(folder, { recursive: true, force: true });
  });

  const commandOf = (name: string, replaced: Readonly<Record<string, string>>): string[] => {
    const command = [...(services[name]?.command ?? [])];
    for (const [flag, value] of Object.entries(replaced)) {
      const at = command.indexOf(flag);
      if (at < 0) throw new Error(`${name} has no ${flag}`);
      command[at + 1] = value;
    }
    return command;
  };

  /** Starts a service and waits until it says that it serves. */
  const start = async (name: string, replaced: Readonly<Record<string, string>> = {}) => {
    const loopback = { '--listen': '127.0.0.1:0', '--metrics-listen': '127.0.0.1:0' };
    const command = commandOf(name, { ...loopback, '--data-dir': join(folder, name), ...replaced });
    const child = spawn(process.execPath, [entry, ...command, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    for await (const line of createInterface({ input: child.stdout })) {
      return { child, ready: readyLineSchema.parse(JSON.parse(line)) };
    }
    throw new Error(`${name} ended without serving: ${said}`);
  };

  it('form a cluster, healthy one after the other, and end when asked', async () => {
    const coordinator = await start('coordinator');
    const status = (...more: string[]) =>
      spawnSync(process.execPath, [entry, 'status', '--cluster', coordinator.ready.address, ...more], {
        encoding: 'utf8',
      });
    // Workers wait for this: it must not wait for them.
    expect(status()).toMatchObject({ status: 0, stderr: '' });

    const replaced = {
      '--model': join(root, 'models', 'tiny-dts'),
      '--coordinator': coordinator.ready.address,
    };
    const workers = await Promise.all(['worker-0', 'worker-1'].map((name) => start(name, replaced)));
    expect(workers.map(({ ready }) => ready.layers)).toEqual([
      [0, 3],
      [3, 6],
    ]);
    for (const [at, { ready }] of workers.entries()) {
      const service = services[`worker-${at}`]!;
      const [, ...check] = service.healthcheck?.test ?? [];
      const address = `127.0.0.1:${flagValue(service, '--metrics-listen')?.split(':')[1]}`;
      const script = (check[2] ?? '').replace(address, ready.metricsAddress);
      expect(spawnSync(process.execPath, ['-e', script]).status).toBe(0);
      expect(
        spawnSync(process.execPath, ['-e', (check[2] ?? '').replace(address, '127.0.0.1:1')]).status,
      ).toBe(1);
    }
    const { ready } = z.object({ ready: z.boolean() }).parse(JSON.parse(status('--json').stdout));
    expect(ready).toBe(true);

    for (const { child } of [...workers, coordinator]) {
      const end = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await end).toEqual([143, null]);
    }
  });
});
