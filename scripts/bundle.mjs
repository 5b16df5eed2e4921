// Makes the JavaScript in dist/ from src/: what Node runs, and the script of the pages of `kvtide sim report`.
// Node takes longer to load hundreds of small modules than to run most commands, so packages that are plain
// JavaScript are bundled with our own files. Those with native code, without a licence text to bring along, or
// seldom loaded are dependencies in package.json and stay where npm installs them.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { noticesOf, pageNotices } from './notices.mjs';

/** What is started or imported by name. Files that they share go to dist/chunks, as deep as src/ has its own. */
const entryPoints = [
  'src/cli/main.ts',
  'src/client/kvClient.ts',
  'src/policy/policy.ts',
  'src/sim/simulator.ts',
  'src/worker/computeMain.ts',
  'src/device/delayMain.ts',
  'src/lab/sweepMain.ts',
];

/** Bundled packages that read files beside their code, and the folders with these: copied to dist/packages. */
const readFolders = { 'grpc-health-check': 'proto/health', '@grpc/reflection': 'build/proto/grpc' };

/** They find them by a __dirname, which bundled code does not have. */
const findFolders = {
  name: 'find-folders',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^packages$/ }, () => ({ path: 'packages', namespace: 'find-folders' }));
    onLoad({ filter: /./, namespace: 'find-folders' }, () => ({
      contents: `export const packages = import.meta.dirname + '/../packages/';`, // from dist/chunks, or one beside it
    }));
    const names = Object.keys(readFolders).join('|');
    onLoad({ filter: new RegExp(`node_modules/(${names})/.*\\.js$`) }, ({ path }) => {
      const folder = dirname(path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
      const dirnameOf = `const __dirname = require('packages').packages + ${JSON.stringify(folder)};`;
      return { contents: `${dirnameOf} ${readFileSync(path, 'utf8')}` };
    });
  },
};

/** The file that all bundled CommonJS requires Node's own modules through is a module, and has no `require`. */
const asksForRequire = 'typeof require !== "undefined"';
const givesRequire = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

async function bundleNode(root, outFolder) {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outbase: 'src',
    outdir: outFolder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: Object.keys(dependencies),
    plugins: [findFolders],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none', // the notices have them all
    charset: 'utf8',
    write: false,
    metafile: true,
    logLevel: 'warning',
  });
  const asking = outputFiles.filter(
    ({ path, text }) => path.endsWith('.js') && text.includes(asksForRequire),
  );
  if (asking.length !== 1)
    throw new Error(`${asking.length} bundled files ask for require, where one should`);
  for (const file of outputFiles) {
    mkdirSync(dirname(file.path), { recursive: true });
    // On the first line: the lines of the source map stay what they are.
    writeFileSync(file.path, asking.includes(file) ? `${givesRequire} ${file.text}` : file.contents);
  }
  for (const [name, folder] of Object.entries(readFolders)) {
    const [from, to] = [join(root, 'node_modules'), join(outFolder, 'packages')];
    cpSync(join(from, name, folder), join(to, name, folder), { recursive: true });
  }
  writeFileSync(join(outFolder, 'NOTICES.txt'), noticesOf(root, Object.keys(metafile.inputs)));
  return outputFiles.map(({ path }) => relative(outFolder, path));
}

/** One file, since a page brings all that it needs. */
async function bundlePage(root, outFolder) {
  const outfile = join('lab', 'page', 'main.js');
  await build({
    absWorkingDir: root,
    entryPoints: ['src/lab/page/main.ts'],
    outfile: join(outFolder, outfile),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    banner: { js: pageNotices(root) },
    logLevel: 'warning',
  });
  return [outfile];
}

/** @returns the paths in `outFolder` of what belongs there now; other files in it are left alone. */
export async function bundle(root, outFolder) {
  const made = await Promise.all([bundleNode(root, outFolder), bundlePage(root, outFolder)]);
  return [...made.flat(), 'NOTICES.txt', 'packages'];
}
