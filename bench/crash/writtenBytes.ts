import { bytesOf, type SystemCall } from './systemCalls.js';

const text = /"((?:\\x[0-9a-f]{2})*)"/;

/** What a call of the write family wrote, and where; offset null: at the file's position. Null for other calls. */
export function writtenBytes({
  name,
  args,
  result,
}: SystemCall): { readonly offset: number | null; readonly bytes: Buffer } | null {
  if (name === 'write' || name === 'pwrite64') {
    const bytes = bytesOf(text.exec(args)?.[1] ?? '').subarray(0, result);
    return { offset: name === 'write' ? null : (numbersIn(args).at(-1) ?? 0), bytes };
  }
  if (name !== 'writev' && name !== 'pwritev' && name !== 'pwritev2') return null;
  const parts = [...args.matchAll(/iov_base="([^"]*)"/g)].map(([, part = '']) => bytesOf(part));
  const [, offset = 0] = numbersIn(args.slice(args.lastIndexOf(']')));
  return { offset: name === 'writev' ? null : offset, bytes: Buffer.concat(parts).subarray(0, result) };
}

/** The numbers among the arguments; those in paths and texts do not count. */
export function numbersIn(args: string): number[] {
  return (args.replace(/"[^"]*"|<[^>]*>/g, '').match(/-?\d+/g) ?? []).map(Number);
}
