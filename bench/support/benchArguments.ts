import { parseArgs } from 'node:util';
import { didYouMean } from '../../src/cli/nearestName.js';
import { tokenCount } from '../../src/cli/settingValues.js';
import { KvError } from '../../src/core/errors.js';

export interface BenchArguments {
  readonly name: string;
  readonly short: boolean;
  readonly json: boolean;
  /** How long rounds may go on; in a bench with parts, those of each. */
  readonly minutes: number;
  readonly part?: string;
  readonly tokens?: number;
  readonly plot?: string;
  readonly trace?: string;
}

const options = {
  short: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '6' },
  part: { type: 'string' },
  tokens: { type: 'string' },
  plot: { type: 'string' },
  trace: { type: 'string' },
} as const;

/**
 * @param benches the benches that there are, each with its parts; only one with parts takes `--part`, `--tokens` for it, and `--plot`; only `sim` takes `--trace`.
 * @throws KvError `invalid` for anything else, in one line.
 */
export function benchArguments(
  args: readonly string[],
  benches: ReadonlyMap<string, readonly string[]>,
): BenchArguments {
  const parsed = parse(args);
  const [name, ...more] = parsed.positionals;
  const names = [...benches.keys()];
  const known = names.join(', ');
  if (name === undefined) throw new KvError('invalid', `which bench? There is: ${known}`);
  if (more.length > 0) throw new KvError('invalid', `one bench at a time; "${more.join(' ')}" is too much`);
  const parts = benches.get(name);
  if (parts === undefined) {
    throw new KvError('invalid', `there is no bench "${name}"${didYouMean(name, names)}; there is: ${known}`);
  }
  const { short, json, part, tokens, plot, trace } = parsed.values;
  const minutes = Number(parsed.values.minutes);
  if (!(minutes > 0)) {
    throw new KvError('invalid', `--minutes: "${parsed.values.minutes}" is not a number above 0`);
  }
  return {
    name,
    short,
    json,
    minutes,
    ...(part === undefined ? {} : { part: checkedPart(part, name, parts) }),
    ...(tokens === undefined ? {} : { tokens: checkedTokens(tokens, part, name, parts) }),
    ...(plot === undefined ? {} : { plot: checkedPlot(plot, name, parts) }),
    ...(trace === undefined ? {} : { trace: checkedTrace(trace, name) }),
  };
}

function checkedPart(part: string, name: string, parts: readonly string[]): string {
  if (parts.includes(part)) return part;
  if (parts.length === 0) throw new KvError('invalid', `--part: the bench "${name}" has no parts`);
  const known = parts.join(', ');
  throw new KvError('invalid', `--part: there is no "${part}"${didYouMean(part, parts)}; there is: ${known}`);
}

function checkedTokens(
  given: string,
  part: string | undefined,
  name: string,
  parts: readonly string[],
): number {
  if (parts.length === 0) throw new KvError('invalid', `--tokens: the bench "${name}" has sizes of its own`);
  if (part === undefined) throw new KvError('invalid', '--tokens: name the part that it is for with --part');
  const tokens = tokenCount().safeParse(given);
  if (tokens.success) return tokens.data;
  throw new KvError('invalid', `--tokens: ${tokens.error.issues[0]?.message}`);
}

function checkedPlot(file: string, name: string, parts: readonly string[]): string {
  if (parts.length === 0) throw new KvError('invalid', `--plot: the bench "${name}" draws none`);
  if (file !== '') return file;
  throw new KvError('invalid', '--plot: name the file that is to be written');
}

function checkedTrace(file: string, name: string): string {
  if (name !== 'sim') throw new KvError('invalid', `--trace: the bench "${name}" replays none`);
  if (file !== '') return file;
  throw new KvError('invalid', '--trace: name the file that is to be replayed');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (thrown) {
    const given = /Unknown option '(--?[^']+)'/.exec(KvError.from(thrown).message)?.[1];
    if (given === undefined) throw KvError.from(thrown, 'invalid');
    const flags = Object.keys(options).map((name) => `--${name}`);
    throw new KvError('invalid', `unknown flag ${given}${didYouMean(given, flags)}`);
  }
}
