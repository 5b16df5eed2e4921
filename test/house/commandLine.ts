import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './projectFiles.js';

/** What the real command line says of itself: what is hidden there does not count. */
function helpOf(...args: string[]): string {
  const entry = join(root, 'bin', 'kvtide.js');
  const run = spawnSync(process.execPath, [entry, ...args, '--help'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`kvtide ${args.join(' ')} --help failed: ${run.stderr}`);
  return run.stdout;
}

let commands: readonly string[] | null = null;

/** The commands that `kvtide --help` lists. */
function commandNames(): readonly string[] {
  commands ??= readCommandNames();
  return commands;
}

function readCommandNames(): readonly string[] {
  const [, list = ''] = helpOf().split(/^Commands:\n/m);
  const names = list.split('\n\n')[0]?.matchAll(/^ {2}(\w+)/gm) ?? [];
  return [...names].map((match) => match[1] ?? '').filter((name) => name !== 'help');
}

const known = new Map<string, ReadonlyMap<string, boolean>>();

/** The flags that `kvtide COMMAND --help` lists, and whether each takes a value. */
export function flagsOf(command: string): ReadonlyMap<string, boolean> {
  const before = known.get(command);
  if (before !== undefined) return before;
  const lines = helpOf(command).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)( <)?/gm);
  const flags = new Map([...lines].map((match) => [match[1] ?? '', match[2] !== undefined]));
  known.set(command, flags);
  return flags;
}

/** How many values without a flag `kvtide COMMAND --help` lists. */
function operandsOf(command: string): number {
  const [, list = ''] = helpOf(command).split(/^Arguments:\n/m);
  return [...(list.split('\n\n')[0]?.matchAll(/^ {2}\w/gm) ?? [])].length;
}

/**
 * What is wrong with these arguments of kvtide: an unknown command or flag, a value too few or too many.
 * Values themselves are not judged.
 */
export function faultsOf(args: readonly string[]): string[] {
  const [command, ...rest] = args;
  if (command === undefined) return ['no command'];
  if (command === '--help' || command === '--version') return [];
  if (!commandNames().includes(command)) return [`no command "${command}"`];
  const faults: string[] = [];
  let operands = isValue(rest[0]) ? operandsOf(command) : 0;
  for (let at = 0; at < rest.length; at++) {
    const [flag = '', inline] = (rest[at] ?? '').split('=', 2);
    if (isValue(flag) && operands > 0) {
      operands -= 1;
      continue;
    }
    const takesValue = flagsOf(command).get(flag);
    if (takesValue === undefined) faults.push(`${command} has no "${flag}"`);
    else if (takesValue && inline === undefined && !isValue(rest[++at])) faults.push(`${flag} has no value`);
  }
  return faults;
}

function isValue(arg: string | undefined): boolean {
  return arg !== undefined && !arg.startsWith('--');
}
