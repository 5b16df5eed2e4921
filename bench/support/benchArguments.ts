import { parseArgs } from 'node:util';
import { didYouMean } from '../../src/cli/nearestName.js';
import { KvError } from '../../src/core/errors.js';

export interface BenchArguments {
  readonly name: string;
  readonly short: boolean;
  readonly json: boolean;
  /** How long rounds may go on. */
  readonly minutes: number;
}

const options = {
  short: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '6' },
} as const;

/** @param names the benches that there are. @throws KvError `invalid` for anything else, in one line. */
export function benchArguments(args: readonly string[], names: readonly string[]): BenchArguments {
  const parsed = parse(args);
  const [name, ...more] = parsed.positionals;
  const known = names.join(', ');
  if (name === undefined) throw new KvError('invalid', `which bench? There is: ${known}`);
  if (more.length > 0) throw new KvError('invalid', `one bench at a time; "${more.join(' ')}" is too much`);
  if (!names.includes(name)) {
    throw new KvError('invalid', `there is no bench "${name}"${didYouMean(name, names)}; there is: ${known}`);
  }
  const minutes = Number(parsed.values.minutes);
  if (!(minutes > 0)) {
    throw new KvError('invalid', `--minutes: "${parsed.values.minutes}" is not a number above 0`);
  }
  return { name, short: parsed.values.short, json: parsed.values.json, minutes };
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
