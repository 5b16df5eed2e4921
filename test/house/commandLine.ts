import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './projectFiles.js';

const helps = new Map<string, string>();

/** What the real command line says of itself: what is hidden there does not count. */
function helpOf(...args: string[]): string {
  const said = helps.get(args.join(' '));
  if (said !== undefined) return said;
  const entry = join(root, 'bin', 'kvtide.js');
  const run = spawnSync(process.execPath, [entry, ...args, '--help'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`kvtide ${args.join(' ')} --help failed: ${run.stderr}`);
  helps.set(args.join(' '), run.stdout);
  return run.stdout;
}

const commands = new Map<string, readonly string[]>();

/** The commands that `kvtide --help` lists, or `kvtide COMMAND --help` below that one. */
function commandNames(...above: string[]): readonly string[] {
  const before = commands.get(above.join(' '));
  if (before !== undefined) return before;
  const [, list = ''] = helpOf(...above).split(/^Commands:\n/m);
  const listed = list.split('\n\n')[0]?.matchAll(/^ {2}(\w+)/gm) ?? [];
  const names = [...listed].map((match) => match[1] ?? '').filter((name) => name !== 'help');
  commands.set(above.join(' '), names);
  return names;
}

const known = new Map<string, ReadonlyMap<string, boolean>>();

/** The flags that `kvtide COMMAND --help` lists, and whether each takes a value; a subcommand stands after a space. */
export function flagsOf(command: string): ReadonlyMap<string, boolean> {
  const before = known.get(command);
  if (before !== undefined) return before;
  const lines = helpOf(...command.split(' ')).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)( <)?/gm);
  const flags = new Map([...lines].map((match) => [match[1] ?? '', match[2] !== undefined]));
  known.set(command, flags);
  return flags;
}

/** How many values without a flag `kvtide COMMAND --help` lists. */
function operandsOf(command: string): number {
  const [, list = ''] = helpOf(...command.split(' ')).split(/^Arguments:\n/m);
  return [...(list.split('\n\n')[0]?.matchAll(/^ {2}\w/gm) ?? [])].length;
}

/**
 * What is wrong with these arguments of kvtide: an unknown command or flag, a value too few or too many.
 * Values themselves are not judged.
 */
export function faultsOf(args: readonly string[]): string[] {
  const [first, ...afterFirst] = args;
  if (first === undefined) return ['no command'];
  if (first === '--help' || first === '--version') return [];
  if (!commandNames().includes(first)) return [`no command "${first}"`];
  const [below, ...afterBelow] = afterFirst;
  const isBelow = isValue(below) && commandNames(first).includes(below ?? '');
  const command = isBelow ? `${first} ${below}` : first;
  const rest = isBelow ? afterBelow : afterFirst;
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
