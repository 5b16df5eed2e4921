import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { importTable } from './importTable.js';
import { readProjectFile, root } from './projectFiles.js';

const reportSchema = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** A project of its own with our rules, our packages and these files. */
function makeProject(files: ReadonlyMap<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kvtide-layers-'));
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, name), join(folder, name));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function cruise(folder: string, outputType: 'err' | 'json') {
  const tool = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = [tool, '--config', '.dependency-cruiser.cjs', '--output-type', outputType, 'src'];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
}

const table = importTable(readProjectFile('CONTRIBUTING.md'));
const folders = [...table.keys()];
const target = `export interface Target { readonly one: 1 }\nexport const target = 1;\n`;

/** How one file can name another. */
const imports = {
  value: (from: string) => `import { target } from '${from}';\nexport const used = target;\n`,
  type: (from: string) => `import type { Target } from '${from}';\nexport type Used = Target;\n`,
  inlineType: (from: string) => `import { type Target } from '${from}';\nexport type Used = Target;\n`,
  typeQuery: (from: string) => `export type Used = import('${from}').Target;\n`,
  dynamic: (from: string) => `export const used = await import('${from}');\n`,
  reExport: (from: string) => `export { target } from '${from}';\n`,
  typeReExport: (from: string) => `export type { Target } from '${from}';\n`,
} as const;

/** What must be refused beyond the table: the file, its text, and the rule. */
const refused: readonly (readonly [path: string, text: string, rule: string])[] = [
  ...Object.entries(imports).map(
    ([kind, text]) => [`src/core/${kind}.ts`, text('../cli/target.js'), 'layer-core'] as const,
  ),
  ['src/policy/lmdb.ts', `import { open } from 'lmdb';\nexport const used = open;\n`, 'home-of-lmdb'],
  [
    'src/worker/grpc.ts',
    `import type { Server } from '@grpc/grpc-js';\nexport type Used = Server;\n`,
    'home-of-@grpc/',
  ],
  ['src/worker/koffi.ts', `import koffi from 'koffi';\nexport const used = koffi;\n`, 'home-of-koffi'],
  [
    'src/worker/ort.ts',
    `import type { Tensor } from 'onnxruntime-node';\nexport type Used = Tensor;\n`,
    'home-of-onnxruntime-node',
  ],
  [
    'src/core/fs.ts',
    `import { readFileSync } from 'node:fs';\nexport const used = readFileSync;\n`,
    'pure-core',
  ],
  ['src/policy/crypto.ts', `import { hash } from 'node:crypto';\nexport const used = hash;\n`, 'pure-policy'],
  ['src/sim/zod.ts', `import { z } from 'zod';\nexport const used = z;\n`, 'pure-sim'],
  [
    'src/core/left.ts',
    `import type { Right } from './right.js';\nexport interface Left { readonly right: Right }\n`,
    'no-circular',
  ],
  ['src/loose.ts', imports.value('./core/target.js'), 'no-loose-files'],
  ['src/core/gone.ts', `import { gone } from './nowhere.js';\nexport const used = gone;\n`, 'resolvable'],
  ['src/cli/helped.ts', imports.value('../../test/target.js'), 'product-alone'],
];

describe('the import table', () => {
  const made: string[] = [];
  afterAll(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  });

  let violations: Map<string, string[]>;
  beforeAll(() => {
    const files = new Map([['test/target.ts', target]]);
    for (const from of folders) {
      files.set(`src/${from}/target.ts`, target);
      for (const to of folders) {
        if (to !== from) files.set(`src/${from}/of_${to}.ts`, imports.type(`../${to}/target.js`));
      }
    }
    for (const [path, text] of refused) files.set(path, text);
    // The other half of the cycle, which is reported once.
    files.set('src/core/right.ts', `import type { Left } from './left.js';\nexport type Right = Left;\n`);
    // Allowed, and next to what is not.
    files.set(
      'src/core/crypto.ts',
      `import { createHash } from 'node:crypto';\nexport const used = createHash;\n`,
    );
    files.set('src/rpc/grpc.ts', `import { Server } from '@grpc/grpc-js';\nexport const used = Server;\n`);
    made.push(makeProject(files));
    const { stdout } = cruise(made[0]!, 'json');
    violations = new Map();
    for (const { from, rule } of reportSchema.parse(JSON.parse(stdout)).summary.violations) {
      violations.set(from, [...(violations.get(from) ?? []), rule.name]);
    }
  });

  it.each(folders)('lets %s import what its row says and nothing else, types included', (from) => {
    const others = folders.filter((to) => to !== from);
    const bad = others.filter((to) => violations.has(`src/${from}/of_${to}.ts`));
    expect(bad).toEqual(others.filter((to) => !table.get(from)?.has(to)));
  });

  it.each(refused)('refuses %s', (path, _text, rule) => {
    expect(violations.get(path) ?? []).toContain(rule);
  });

  it('lets core hash and rpc use gRPC', () => {
    expect(violations.get('src/core/crypto.ts')).toBeUndefined();
    expect(violations.get('src/rpc/grpc.ts')).toBeUndefined();
  });

  it('fails the command, and fails it for a folder without a row', () => {
    const clean = makeProject(new Map([['src/core/target.ts', target]]));
    const bad = makeProject(
      new Map([
        ['src/core/target.ts', target],
        ['src/core/fs.ts', `import 'node:fs';\n`],
      ]),
    );
    const strange = makeProject(new Map([['src/utils/target.ts', target]]));
    made.push(clean, bad, strange);
    expect(cruise(clean, 'err').status).toBe(0);
    expect(cruise(bad, 'err').status).not.toBe(0);
    const refusedFolder = cruise(strange, 'err');
    expect(refusedFolder.status).not.toBe(0);
    expect(refusedFolder.stderr).toContain('src/utils has no row in the import table');
  });
});
