import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings } from '../../src/cli/readSettings.js';
import { faultsOf, flagsOf } from '../house/commandLine.js';
import { readProjectFile, root } from '../house/projectFiles.js';
import { type ComposeService, flagValue, hostAndPort, readCompose } from './composeFile.js';

const compose = readCompose();
const services = Object.entries(compose.services);
const workers = services.filter(([, { command }]) => command[0] === 'worker');
const servers = services.filter(([, { command }]) => command[0] !== 'status');

/** The command's flags as the command line hands them to the settings. */
function settingsOf({ command: [name = '', ...words] }: ComposeService) {
  const flags: Record<string, unknown> = {};
  for (let at = 0; at < words.length; at++) {
    const flag = words[at] ?? '';
    const camel = flag.slice(2).replace(/-[a-z]/g, (part) => part.slice(1).toUpperCase());
    flags[camel] = flagsOf(name).get(flag) === true ? words[++at] : true;
  }
  return readSettings({ flags, environment: {} });
}

describe('docker-compose.yml', () => {
  it.each(services)(
    '%s is given a command and flags that exist, with values that they take',
    async (_name, service) => {
      expect(faultsOf(service.command)).toEqual([]);
      await expect(settingsOf(service)).resolves.toBeDefined();
    },
  );

  it('has a coordinator and a worker for each of its stages', async () => {
    const coordinator = compose.services.coordinator!;
    expect(coordinator.command[0]).toBe('coordinator');
    const stages = Array.from({ length: (await settingsOf(coordinator)).stages }, (_, stage) => stage);
    const ofWorkers = await Promise.all(workers.map(([, worker]) => settingsOf(worker)));
    expect(ofWorkers.map(({ stage }) => stage)).toEqual(stages);
    expect(stages).toHaveLength(2);
  });

  it.each([...workers, ...services.filter(([, { command }]) => command[0] === 'status')])(
    '%s reaches the coordinator at the address where it listens',
    (_name, service) => {
      const { host, port } = hostAndPort(
        flagValue(service, '--coordinator') ?? flagValue(service, '--cluster'),
      );
      expect(Object.keys(compose.services)).toContain(host);
      const listen = hostAndPort(flagValue(compose.services[host]!, '--listen'));
      expect(['0.0.0.0', host]).toContain(listen.host);
      expect(listen.port).toBe(port);
    },
  );

  it.each(workers)(
    '%s listens at a name that the others know, and waits for the coordinator',
    (name, worker) => {
      expect(hostAndPort(flagValue(worker, '--listen')).host).toBe(name);
      expect(worker.depends_on).toEqual({ coordinator: { condition: 'service_healthy' } });
    },
  );

  it.each(workers)('%s may lock its pages, and finds the model where it is mounted', (_name, worker) => {
    expect(worker.ulimits?.memlock).toBe(-1);
    const model = worker.volumes.find((volume) => volume.endsWith(`:${flagValue(worker, '--model')}:ro`));
    const folder = /^\$\{MODEL_DIR:-(.+?)\}:/.exec(model ?? '')?.[1];
    expect(existsSync(join(root, folder ?? 'missing', 'config.json'))).toBe(true);
  });

  it.each(servers)('%s keeps its data in a volume of its own', (name, service) => {
    const volume = service.volumes.find((one) => one.startsWith(`${name}-data:`));
    expect(Object.keys(compose.volumes)).toContain(`${name}-data`);
    const mount = volume?.split(':')[1] ?? 'missing';
    expect(flagValue(service, '--data-dir')?.startsWith(`${mount}/`)).toBe(true);
  });

  it.each(servers)('%s publishes its metrics, to this machine only, and nothing else', (_name, service) => {
    const { port } = hostAndPort(flagValue(service, '--metrics-listen'));
    expect(service.ports).toEqual([expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1:\\d+:${port}$`))]);
  });

  it('publishes no port twice', () => {
    const ports = services.flatMap(([, service]) => service.ports.map((one) => one.split(':')[1]));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it.each(workers)('%s is healthy when it is ready to serve', (_name, worker) => {
    const { port } = hostAndPort(flagValue(worker, '--metrics-listen'));
    const test = worker.healthcheck?.test ?? [];
    expect(test.slice(0, 3)).toEqual(['CMD', 'node', '-e']);
    expect(test[3]).toContain(`http://127.0.0.1:${port}/readyz`);
  });

  it('says why it speaks without TLS, wherever it does', () => {
    for (const [, service] of services) expect(service.command).toContain('--insecure-network');
    expect(readProjectFile('docker-compose.yml')).toMatch(
      /^# --insecure-network: these processes listen, and talk, beyond loopback in the clear/m,
    );
    for (const [, { networks }] of services) expect(networks).toEqual(['cluster']);
  });

  it('runs the version that this is', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readProjectFile('package.json')));
    for (const [, { image }] of services) expect(image).toBe(`kvtide:${version}`);
  });
});
