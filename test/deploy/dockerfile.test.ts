import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf } from '../house/commandLine.js';
import { readProjectFile, root } from '../house/projectFiles.js';
import { flagValue, readCompose } from './composeFile.js';

/** Instructions in order, continued lines joined, comments dropped. */
const instructions = readProjectFile('Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [name = '', ...rest] = line.trim().split(/\s+/);
    return { name, text: rest.join(' ') };
  });

const last = (name: string): string => instructions.findLast((one) => one.name === name)?.text ?? '';
const words = (text: string): string[] =>
  z.array(z.string()).parse(JSON.parse(text.slice(text.indexOf('['))));

/** What an exec form hands to kvtide, without node and the script. */
function commandOf(exec: readonly string[]): string[] {
  expect(exec.slice(0, 2)).toEqual(['node', '/app/bin/kvtide.js']);
  return exec.slice(2);
}

describe('the Dockerfile', () => {
  it('starts kvtide with a command and flags that exist', () => {
    const [entry, command] = [words(last('ENTRYPOINT')), words(last('CMD'))];
    expect(faultsOf(commandOf([...entry, ...command]))).toEqual([]);
  });

  it('asks for its health with a command that exists, at the port that it listens on', () => {
    const check = commandOf(words(last('HEALTHCHECK')));
    expect(faultsOf(check)).toEqual([]);
    const asked = flagValue({ command: check }, '--cluster')?.split(':')[1];
    const started = flagValue({ command: words(last('CMD')) }, '--listen')?.split(':')[1];
    expect(asked).toBe(started);
    const { coordinator } = readCompose().services;
    expect(flagValue(coordinator!, '--listen')).toBe(`0.0.0.0:${asked}`);
    expect(coordinator?.healthcheck).toBeUndefined();
  });

  it('copies only what is there, or what it builds', () => {
    const ignored = readProjectFile('.dockerignore').split('\n');
    const built = ['node_modules', 'dist'];
    for (const { text } of instructions.filter(({ name }) => name === 'COPY')) {
      const sources = text
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1);
      for (const source of sources.map((one) => one.replace(/^\/app\//, ''))) {
        if (text.startsWith('--from=build') && built.includes(source)) continue;
        expect(existsSync(join(root, source)), source).toBe(true);
        expect(ignored).not.toContain(source);
      }
    }
  });

  it('keeps what the build reads, and everything that the package holds', () => {
    const ignored = readProjectFile('.dockerignore').split('\n');
    const { files } = z
      .object({ files: z.array(z.string()) })
      .parse(JSON.parse(readProjectFile('package.json')));
    const needed = ['src', 'scripts', 'tsconfig.json', 'tsconfig.build.json', '.npmrc', 'package-lock.json'];
    for (const name of [...needed, ...files.filter((one) => one !== 'dist')])
      expect(ignored).not.toContain(name);
  });

  it('installs from the lock file, without the open internet, and runs as a user without rights', () => {
    const runs = instructions.filter(({ name }) => name === 'RUN').map(({ text }) => text);
    expect(runs.some((text) => text.startsWith('npm ci'))).toBe(true);
    expect(runs.join('\n')).toContain('npm prune --omit=dev');
    expect(instructions).toContainEqual({ name: 'ENV', text: 'ONNXRUNTIME_NODE_INSTALL=skip' });
    const user = instructions.findLastIndex(({ name }) => name === 'USER');
    expect(instructions[user]?.text).toBe('kvtide');
    expect(user).toBeLessThan(instructions.findIndex(({ name }) => name === 'ENTRYPOINT'));
  });
});
