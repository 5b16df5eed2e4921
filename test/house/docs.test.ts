import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { longParts } from '../../bench/long.js';
import { benchArguments } from '../../bench/support/benchArguments.js';
import { KvError } from '../../src/core/errors.js';
import { faultsOf } from './commandLine.js';
import { projectFiles, readProjectFile } from './projectFiles.js';
import { shellCommands } from './shellBlocks.js';

const documents = projectFiles((path) => path.endsWith('.md'));
/** One file a bench; run.ts starts them. */
const benches = new Map(
  projectFiles((path) => /^bench\/\w+\.ts$/.test(path) && path !== 'bench/run.ts').map((path) => {
    const name = path.slice('bench/'.length, -'.ts'.length);
    return [name, name === 'long' ? [...longParts.keys()] : []];
  }),
);
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readProjectFile('package.json')));

/** What is wrong with a command that a document shows. Other tools' commands are not judged. */
function faults(words: readonly string[]): string[] {
  const [tool = '', first = '', ...rest] = words;
  if (tool === 'kvtide') return faultsOf([first, ...rest]);
  if (tool === 'npx' && first === 'kvtide') return faultsOf(rest);
  if (tool === 'node' && first.endsWith('bin/kvtide.js')) return faultsOf(rest);
  if (tool === 'npm' && first === 'run') return faultsOfScript(rest);
  if (tool === 'npm' && first === 'test') return scripts.test === undefined ? ['no script "test"'] : [];
  return [];
}

function faultsOfScript([name = '', dashes, ...args]: readonly string[]): string[] {
  if (scripts[name] === undefined) return [`no script "${name}"`];
  if (dashes !== undefined && dashes !== '--') return [`arguments of "${name}" need a -- before them`];
  if (name === 'demo') return faultsOf(['demo', ...args]);
  if (name === 'bench') return faultsOfBench(args);
  return [];
}

function faultsOfBench(args: readonly string[]): string[] {
  try {
    benchArguments(args, benches);
    return [];
  } catch (thrown) {
    return [KvError.from(thrown).message];
  }
}

describe('shellCommands', () => {
  it('reads words, quotes, continued lines, chains and comments', () => {
    const text =
      'a\n```sh\n$ KVTIDE_JSON=1 npx kvtide plan --context 32k \\\n  --json | jq . # how much\nnpm ci && echo "a # b"\n# no\n```\n';
    expect(shellCommands(text)).toEqual([
      ['npx', 'kvtide', 'plan', '--context', '32k', '--json'],
      ['jq', '.'],
      ['npm', 'ci'],
      ['echo', 'a # b'],
    ]);
  });
});

describe('the documents', () => {
  it.each([
    [['npx', 'kvtide', 'demmo'], 'no command "demmo"'],
    [['node', 'bin/kvtide.js', 'plan', '--contxt'], 'plan has no "--contxt"'],
    [['kvtide', 'generate', '--model', '--json'], '--model has no value'],
    [['kvtide', 'worker', '--parent-pipe'], 'worker has no "--parent-pipe"'],
    [['npm', 'run', 'dmo'], 'no script "dmo"'],
    [['npm', 'run', 'bench', '--', 'decode', '--shrt'], expect.stringContaining('--shrt')],
    [['npm', 'run', 'demo', '--json'], 'arguments of "demo" need a -- before them'],
  ])('would be caught at %j', (words, fault) => {
    expect(faults(words)).toEqual([fault]);
  });

  it.each(documents)('%s shows only commands and flags that exist', (path) => {
    const wrong = shellCommands(readProjectFile(path)).flatMap((words) =>
      faults(words).map((fault) => `${words.join(' ')}: ${fault}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has a README that shows commands', () => {
    const shown = shellCommands(readProjectFile('README.md')).map((words) => words.join(' '));
    expect(shown).toContain('npm ci');
    expect(shown).toContain('npm run demo');
  });

  it('names only ratios that the bench measures', () => {
    const bench = projectFiles((path) => path.startsWith('bench/') && path.endsWith('.ts')).map(
      readProjectFile,
    );
    const named = documents.flatMap((path) => readProjectFile(path).match(/\b[a-z]\w*_vs_\w+\b/g) ?? []);
    expect(named.filter((ratio) => !bench.some((text) => text.includes(ratio)))).toEqual([]);
  });
});
