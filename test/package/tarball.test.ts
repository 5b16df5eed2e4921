import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readProjectFile, root } from '../house/projectFiles.js';

const installTimeoutMs = 180_000;
/** The compiler reads the types of every package that ours come from. */
const checkTimeoutMs = 120_000;

/** What somebody gets who installs the tarball into an empty folder, without our .npmrc. */
describe('the packed tarball', () => {
  let folder: string;
  let app: string;
  let installed: string;

  const run = (command: string, ...args: string[]): SpawnSyncReturns<string> => {
    // npm hands its own settings to scripts; a user's shell has none of them.
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_(registry|cache))/i.test(name),
    );
    const env = { ...Object.fromEntries(inherited), ONNXRUNTIME_NODE_INSTALL: 'skip' };
    return spawnSync(command, args, { cwd: app, encoding: 'utf8', env });
  };
  const mustRun = (command: string, ...args: string[]): string => {
    const { status, stdout, stderr } = run(command, ...args);
    if (status !== 0)
      throw new Error(`${command} ${args.join(' ')} exited with ${status}:\n${stdout}${stderr}`);
    return stdout;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-package-'));
    app = join(folder, 'app');
    mkdirSync(app);
    // dist/ was built before the tests; packing would build it again under the feet of others.
    const pack = ['pack', root, '--ignore-scripts', '--pack-destination', folder, '--silent'];
    const tarball = mustRun('npm', ...pack).trim();
    writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
    mustRun('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball));
    installed = join(app, 'node_modules', 'kvtide');
  }, installTimeoutMs);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what runs, and nothing of the workshop', () => {
    const { files } = z
      .object({ files: z.array(z.string()) })
      .parse(JSON.parse(readProjectFile('package.json')));
    const always = ['package.json', 'README.md', 'LICENSE'];
    expect(readdirSync(installed).sort()).toEqual([...files, ...always].sort());
    for (const path of [
      'bin/kvtide.js',
      'dist/cli/main.js',
      'dist/NOTICES.txt',
      'proto/kvtide/v1/worker.proto',
      'models/tiny-dts/config.json',
    ]) {
      expect(existsSync(join(installed, path)), path).toBe(true);
    }
    expect(existsSync(join(installed, 'dist', 'simulate'))).toBe(false);
  });

  it('has no development package among what it needs', () => {
    const { devDependencies } = z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readProjectFile('package.json')));
    const names = Object.keys(devDependencies);
    expect(names.filter((name) => existsSync(join(app, 'node_modules', name)))).toEqual([]);
  });

  it('has a command line that works', () => {
    expect(mustRun('npx', '--no-install', 'kvtide', '--help')).toContain('Usage: kvtide');
    const model = join(installed, 'models', 'tiny-dts');
    const plan = mustRun(
      'npx',
      '--no-install',
      'kvtide',
      'plan',
      '--model',
      model,
      '--context',
      '32k',
      '--json',
    );
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(plan))).length).toBeGreaterThan(0);
  });

  it('decodes with its own model', () => {
    const model = join(installed, 'models', 'tiny-dts');
    const words = [
      'generate',
      '--model',
      model,
      '--prompt',
      'export interface ',
      '--max-tokens',
      '4',
      '--json',
    ];
    const { tokens } = z
      .object({ tokens: z.array(z.number()) })
      .parse(JSON.parse(mustRun('npx', '--no-install', 'kvtide', ...words)));
    expect(tokens).toHaveLength(4);
  });

  it('is imported by plain JavaScript', () => {
    const script = `
      const { KvClient } = await import('kvtide');
      await import('kvtide/policy');
      process.stdout.write(typeof KvClient.connect);`;
    expect(mustRun('node', '--input-type=module', '--eval', script)).toBe('function');
    const inside = `import('kvtide/dist/core/errors.js').catch(({ code }) => process.stdout.write(code))`;
    expect(mustRun('node', '--eval', inside)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('keeps pages for a program in plain JavaScript', async () => {
    const store = join(app, 'store.json');
    writeFileSync(store, readProjectFile('examples/store.json'));
    writeFileSync(join(app, 'program.mjs'), readProjectFile('examples/block-mode.mjs'));
    const bin = join(installed, 'bin', 'kvtide.js');
    const up = ['up', '--kv-config', store, '--stages', '1', '--listen', '127.0.0.1:0', '--json'];
    const server = spawn(process.execPath, [bin, ...up], { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      const { address } = z.object({ address: z.string() }).parse(JSON.parse(line.toString()));
      expect(JSON.parse(mustRun('node', 'program.mjs', address))).toMatchObject({ pages: 16, right: 16 });
    } finally {
      server.kill('SIGTERM');
      await once(server, 'close');
    }
  });

  it(
    'has types that TypeScript finds, all of them sound',
    () => {
      const source = `
      import { type GetResult, KvClient, KvError, type PageToPut } from 'kvtide';
      import type { Eviction, RetentionFactory, RetentionPolicy } from 'kvtide/policy';
      import { buildTrace, simulate } from 'kvtide/sim';
      export class Keep implements RetentionPolicy {
        insert(_handle: number): void {}
        access(_handle: number): void {}
        remove(_handle: number): void {}
        evict(_count: number): Eviction { return { kind: 'none' }; }
        resize(_capacity: number): void {}
      }
      export const keep: RetentionFactory = ({ depth }, capacity) => {
        if (depth.length > capacity) throw new RangeError('more than fits');
        return new Keep();
      };
      export const hits: number = simulate(buildTrace([], 256), keep, { capacity: 10 }).prefixHits;
      export const open: Promise<KvClient> = KvClient.connect('127.0.0.1:4600', { deadlineMs: 5, lanes: ['tcp'] });
      export async function bytesOf(client: KvClient, page: PageToPut): Promise<number> {
        const signal = AbortSignal.timeout(1000);
        for await (const put of client.blocks.put([page], { order: 'arrival', signal })) {
          switch (put.kind) {
            case 'stored': case 'present': case 'full': case 'corrupt': break;
            case 'unavailable': if (put.cause instanceof KvError) return put.cause.message.length; break;
            case 'throttled': return put.retryAfterMs;
            default: { const none: never = put; return none; }
          }
        }
        const [got]: GetResult[] = await client.blocks.get([page], { lend: true }).all();
        if (got === undefined || got.kind !== 'hit') return 0;
        if (got.form === 'copied') return got.k.byteLength;
        const read = got.lent.read(({ v }) => v.byteLength);
        got.lent.release();
        return read.kind === 'read' ? read.value : 0;
      }
      // A wrong address, option or outcome is noticed: the types are not "any".
      export const closed: Parameters<typeof KvClient.connect>[0] extends string | readonly string[] ? true : false = true;
      export const loose: 0 extends 1 & KvClient ? true : false = false;
      export const looseResult: 0 extends 1 & GetResult ? true : false = false;
      export const options: 'timeoutMs' extends keyof NonNullable<Parameters<typeof KvClient.connect>[1]> ? true : false = false;`;
      writeFileSync(join(app, 'app.ts'), source);
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
      const exact = ['--skipLibCheck', 'false', '--exactOptionalPropertyTypes', '--types', 'node'];
      expect(run('node', tsc, ...options, ...exact, 'app.ts').stdout).toBe('');
      writeFileSync(join(app, 'wrong.ts'), `import { KvClient } from 'kvtide'; void KvClient.connect(4600);`);
      expect(run('node', tsc, ...options, ...exact, 'wrong.ts').stdout).toContain("type 'number'");
    },
    checkTimeoutMs,
  );
});
