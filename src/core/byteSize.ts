import { KvError } from './errors.js';

const units: Readonly<Record<string, number>> = {
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/**
 * Reads a size such as `"6MiB"`, `"1.5 GB"` or `"4096"` as bytes.
 * @throws KvError `invalid` when the text is no size, is negative, or is past 2^53 - 1 bytes.
 */
export function parseByteSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = match === null ? undefined : units[(match[2] || 'b').toLowerCase()];
  if (match === null || unit === undefined) {
    throw new KvError('invalid', `"${text}" is not a size; write for example 4096, 6MiB or 1.5GB`);
  }
  const bytes = Math.floor(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes))
    throw new KvError('invalid', `"${text}" is more bytes than can be counted`);
  return bytes;
}

/** Writes bytes for people: exact below 1 KiB, otherwise in binary units with up to two decimals. */
export function formatByteSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let rank = 0;
  while (value >= 1024 && rank < names.length - 1) {
    value /= 1024;
    rank += 1;
  }
  return `${rank === 0 ? value : Number(value.toFixed(2))} ${names[rank]}`;
}
