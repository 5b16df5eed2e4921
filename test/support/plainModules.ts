import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll } from 'vitest';
import { root } from '../house/projectFiles.js';

/**
 * Single modules of src/ as plain JavaScript, for threads and processes of a test's own: they run no TypeScript,
 * and dist/ has the modules in few pieces. What several of them import is one module to all.
 * @param names such as `memory/board`.
 * @returns the URL of each, in their order; the files are removed after the tests of the file.
 */
export function plainModules(...names: readonly string[]): readonly string[] {
  const cache = join(root, '.cache'); // inside the project, so that packages are found
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'modules-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  buildSync({
    absWorkingDir: root,
    entryPoints: names.map((name) => `src/${name}.ts`),
    outdir: folder,
    entryNames: '[name]', // as deep in the project as they are in src/
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  return names.map((name) => pathToFileURL(join(folder, `${basename(name)}.js`)).href);
}
