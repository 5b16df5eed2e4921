import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { isOwnSource, projectFiles, readProjectFile } from './projectFiles.js';

const linesMax = 300;
const code = projectFiles((path) => /\.(ts|mjs|cjs)$/.test(path) && !path.startsWith('src/rpc/gen/'));
const ours = projectFiles(isOwnSource);
const tests = code.filter((path) => path.startsWith('test/'));

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readProjectFile(path), ts.ScriptTarget.Latest, true);
}

/** Places of all nodes of a file that `is` takes, as path:line. */
function places(path: string, is: (node: ts.Node) => boolean): string[] {
  const file = parse(path);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (is(node)) found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** A test that is left out, or that runs alone. */
function isTestModifier(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node)) return false;
  if (!['only', 'skip', 'todo', 'skipIf', 'runIf', 'fails'].includes(node.name.text)) return false;
  return /^(it|test|describe|suite)\b/.test(node.expression.getText());
}

function isBarrel(path: string): boolean {
  const { statements } = parse(path);
  const isExportFrom = (one: ts.Statement): boolean =>
    ts.isExportDeclaration(one) && one.moduleSpecifier !== undefined;
  return (
    statements.some(isExportFrom) &&
    statements.every((one) => isExportFrom(one) || ts.isImportDeclaration(one))
  );
}

describe('the sources', () => {
  it('are there to be looked at', () => {
    expect(ours.length).toBeGreaterThan(50);
    expect(tests.length).toBeGreaterThan(10);
  });

  it(`have at most ${linesMax} lines`, () => {
    const long = code.filter((path) => readProjectFile(path).trimEnd().split('\n').length > linesMax);
    expect(long).toEqual([]);
  });

  it('say no "any"', () => {
    const isAny = (node: ts.Node): boolean => node.kind === ts.SyntaxKind.AnyKeyword;
    expect(code.flatMap((path) => places(path, isAny))).toEqual([]);
  });

  it('switch no checker off', () => {
    // Put together here, so that this file is looked at like every other.
    const words = {
      '@ts-': 'ignore|nocheck|expect-error',
      'biome-': 'ignore',
      'eslint-': 'disable',
      '[cv]8 ': 'ignore',
    };
    const off = new RegExp(
      Object.entries(words)
        .map(([tool, what]) => `${tool}(${what})`)
        .join('|'),
    );
    const switches = ['@ts-', 'biome-', 'eslint-', 'c8 ', 'v8 '].map(
      (tool) => `${tool}ignore ${tool}disable`,
    );
    expect(switches.filter((line) => !off.test(line))).toEqual([]);
    expect([...ours, ...tests].filter((path) => off.test(readProjectFile(path)))).toEqual([]);
  });

  it('have no barrels', () => {
    expect(ours.filter(isBarrel)).toEqual([]);
  });
});

describe('the tests', () => {
  it('are all run', () => {
    expect(tests.flatMap((path) => places(path, isTestModifier))).toEqual([]);
  });
});
