import * as z from 'zod';
import { parseByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { isPolicyPath } from '../policy/policyPath.js';
import { didYouMean } from './nearestName.js';

/** A value as a flag, a variable or a file gives it; the reader throws a KvError that says what is wanted. */
function valueRead<T>(read: (given: unknown) => T) {
  return z.unknown().transform((given, context): T => {
    try {
      return read(given);
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: KvError.from(thrown).message });
      return z.NEVER;
    }
  });
}

function shown(given: unknown): string {
  return typeof given === 'string' ? `"${given}"` : JSON.stringify(given);
}

function refuse(wanted: string, given: unknown): never {
  throw new KvError('invalid', `${wanted} is wanted, not ${shown(given)}`);
}

export const text = () =>
  valueRead((given) => (typeof given === 'string' && given !== '' ? given : refuse('a text', given)));

export const maybeEmptyText = () =>
  valueRead((given) => (typeof given === 'string' ? given : refuse('a text', given)));

export const yesNo = () =>
  valueRead((given) => {
    if (given === true || given === 'true' || given === '1') return true;
    if (given === false || given === 'false' || given === '0') return false;
    return refuse('true or false', given);
  });

export const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  valueRead((given) => {
    const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    return refuse(`a whole number ${range}`, given);
  });

export const decimal = (least: number, most: number) =>
  valueRead((given) => {
    const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    return refuse(`a number from ${least} to ${most}`, given);
  });

export const bytes = () =>
  valueRead((given) => {
    if (typeof given === 'string') return parseByteSize(given);
    if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0) return given;
    return refuse('a size such as 6MiB', given);
  });

/** A count of tokens; `k` is 1024, `M` 1024 times that, as contexts are usually named. */
export const tokenCount = () =>
  valueRead((given) => {
    const match = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(String(given));
    const unit = { '': 1, k: 2 ** 10, m: 2 ** 20 }[(match?.[2] ?? '').toLowerCase()];
    const count = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
    return Number.isSafeInteger(count) && count > 0
      ? count
      : refuse('a number of tokens such as 32k or 1M', given);
  });

/** `host:port`; port 0 lets the kernel pick. */
export const hostPort = () =>
  valueRead((given) => {
    const match = /^(\[[0-9a-f:]+\]|[^:\s]+):(\d{1,5})$/i.exec(String(given));
    return match !== null && Number(match[2]) <= 65535 ? String(given) : refuse('HOST:PORT', given);
  });

/** One `host:port` or several with commas between them, as such a text. */
export const hostPorts = () =>
  valueRead((given) => {
    const wanted = 'HOST:PORT, or several with commas between them,';
    const each = listed(given, wanted);
    if (!each.every((one) => /^(\[[0-9a-f:]+\]|[^:\s]+):(\d{1,5})$/i.test(one))) refuse(wanted, given);
    return each.join(',');
  });

/** Names with commas between them; at least one, each once. */
export function someOf<const T extends string>(names: readonly T[]) {
  return valueRead((given): T[] => {
    const texts = partsOf(given);
    const chosen = names.filter((name) => texts.includes(name));
    const odd = texts.find((one) => !names.some((name) => name === one));
    if (odd === undefined) return chosen;
    const hint = didYouMean(odd, names);
    throw new KvError('invalid', `${shown(odd)} is none of ${names.join(', ')}${hint}`);
  });
}

/** What stands between commas, without spaces around it. */
function partsOf(given: unknown): string[] {
  const parts: readonly unknown[] = Array.isArray(given) ? given : String(given).split(',');
  return parts.map((one) => String(one).trim());
}

/** As `partsOf`, at least one, each once. */
function listed(given: unknown, wanted: string): string[] {
  const texts = partsOf(given);
  if (texts.some((one) => one === '')) refuse(wanted, given);
  return [...new Set(texts)];
}

/** Whole numbers with commas between them; at least one, each once. */
export const wholeList = (least: number, most: number) =>
  valueRead((given): number[] => {
    const wanted = `a list of whole numbers from ${least} to ${most}, such as 1000,10000,`;
    return listed(given, wanted).map((one) => {
      const value = Number(one);
      return Number.isInteger(value) && value >= least && value <= most ? value : refuse(wanted, one);
    });
  });

/** Names with commas between them; at least one, each once. */
export const names = () => valueRead((given): string[] => listed(given, 'a list of names'));

function checkPolicy(one: string, names: readonly string[]): string {
  if (names.includes(one) || isPolicyPath(one)) return one;
  const known = `none of ${names.join(', ')}, and no path of a file`;
  throw new KvError('invalid', `${shown(one)} is ${known}${didYouMean(one, names)}`);
}

/** The name of a policy, or the path of a file with one. */
export const onePolicy = (names: readonly string[]) =>
  valueRead((given): string => checkPolicy(String(given), names));

/** Names of policies, or paths of files with one, with commas between them; at least one, each once. */
export const policyList = (names: readonly string[]) =>
  valueRead((given): string[] =>
    listed(given, 'a list of policies such as lru,fifo').map((one) => checkPolicy(one, names)),
  );

export function oneOf<const T extends string>(names: readonly T[]) {
  return valueRead((given): T => {
    const found = names.find((name) => name === given);
    if (found !== undefined) return found;
    const hint = didYouMean(String(given), names);
    throw new KvError('invalid', `${shown(given)} is none of ${names.join(', ')}${hint}`);
  });
}
