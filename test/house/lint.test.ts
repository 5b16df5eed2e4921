import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { root } from './projectFiles.js';

const reportSchema = z.object({
  diagnostics: z.array(
    z.object({ category: z.string(), severity: z.string(), location: z.object({ path: z.string() }) }),
  ),
});

const later = `export async function later(): Promise<void> {\n  await Promise.resolve();\n}\n`;
const floating = `import { later } from './later.js';\n\nexport function start(): void {\n  later();\n}\n`;
const port = `interface Port {\n  send(): Promise<void>;\n}\n\nexport function run(port: Port): void {\n  port.send();\n}\n`;
const long = Array.from({ length: 301 }, (_, line) => `export const value${line} = ${line};\n`).join('');
const half = (self: string, other: string): string =>
  `import { ${other} } from './${other}.js';\n\nexport const ${self} = (): number => ${other}();\n`;
const test = (how: string): string =>
  `import { expect, it } from 'vitest';\n\nit.${how}('counts', () => {\n  expect(1).toBe(1);\n});\n`;

/** One file for each rule that the project counts on. */
const offences: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['lint/suspicious/noExplicitAny', 'src/loose.ts', 'export const value: any = 1;\n'],
  ['lint/nursery/noFloatingPromises', 'src/floating.ts', floating],
  ['lint/nursery/noFloatingPromises', 'src/port.ts', port],
  ['lint/suspicious/noImportCycles', 'src/left.ts', half('left', 'right')],
  ['lint/suspicious/noImportCycles', 'src/right.ts', half('right', 'left')],
  ['lint/performance/noBarrelFile', 'src/barrel.ts', `export { later } from './later.js';\n`],
  ['lint/performance/noReExportAll', 'src/star.ts', `export * from './later.js';\n`],
  ['lint/style/noExcessiveLinesPerFile', 'src/long.ts', long],
  ['lint/suspicious/noFocusedTests', 'test/only.test.ts', test('only')],
  ['lint/suspicious/noSkippedTests', 'test/skip.test.ts', test('skip')],
];

describe('biome.json', () => {
  let folder: string;
  let errors: string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-lint-'));
    for (const name of ['biome.json', 'tsconfig.json', 'package.json'])
      cpSync(join(root, name), join(folder, name));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const name of ['src', 'test']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'src', 'later.ts'), later);
    for (const [, path, text] of offences) writeFileSync(join(folder, path), text);
    const tool = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const args = [tool, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
    const run = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = reportSchema.parse(JSON.parse(run.stdout));
    errors = diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ category, location }) => `${category} ${location.path}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(offences)('refuses what breaks %s in %s', (rule, path) => {
    expect(errors).toContain(`${rule} ${path}`);
  });

  it('has nothing against a file that breaks no rule', () => {
    expect(errors.filter((error) => error.endsWith(' src/later.ts'))).toEqual([]);
  });
});
