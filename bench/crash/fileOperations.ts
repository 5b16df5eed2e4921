import { bytesOf, type SystemCall } from './systemCalls.js';
import { numbersIn, writtenBytes } from './writtenBytes.js';

interface Happened {
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface FileWrite extends Happened {
  readonly kind: 'write';
  readonly offset: number;
  readonly bytes: Buffer;
  /** The file was opened so that a write that has returned is durable. */
  readonly isSynced: boolean;
}

/** What a process did to files, as far as it decides what is there after a power loss. */
export type FileOperation =
  | FileWrite
  | (Happened & { readonly kind: 'truncate'; readonly bytes: number })
  /** The file is at least so long. */
  | (Happened & { readonly kind: 'extend'; readonly bytes: number })
  /** What was written to the file and returned before is durable once this has returned. */
  | (Happened & { readonly kind: 'flush' });

const fileOf = /^(\d+)<([^>]*)>/;

/**
 * Picks the operations on files under `folder` out of a recording.
 * @throws RangeError at a call that changes them in a way that is not known here.
 */
export function fileOperations(calls: Iterable<SystemCall>, folder: string): FileOperation[] {
  const operations: FileOperation[] = [];
  const synced = new Set<string>();
  const positions = new Map<string, number>();
  for (const call of calls) {
    const { name, args, result } = call;
    if (result < 0) continue;
    if (name === 'openat') {
      const opened = `${result}<${pathsIn(args).at(-1)}`;
      if (/O_DSYNC|O_SYNC/.test(args)) synced.add(opened);
      else synced.delete(opened);
      positions.set(opened, 0);
      continue;
    }
    const [, fd, escaped = ''] = fileOf.exec(args) ?? [];
    const path = bytesOf(escaped).toString();
    if (fd === undefined) refuseNameChange(call, folder);
    if (fd === undefined || !path.startsWith(folder)) continue;
    const opened = `${fd}<${path}`;
    if (name === 'lseek') {
      positions.set(opened, result);
      continue;
    }
    const position = positions.get(opened) ?? 0;
    const operation = operationOf(call, path, position, synced.has(opened));
    if (name === 'write' || name === 'writev') positions.set(opened, position + result);
    if (operation !== null) operations.push(operation);
  }
  return operations;
}

function operationOf(
  call: SystemCall,
  path: string,
  position: number,
  isOpenedSynced: boolean,
): FileOperation | null {
  const { name, args, startedAt, endedAt } = call;
  const about = { path, startedAt, endedAt };
  const written = writtenBytes(call);
  if (written !== null) {
    const isSynced = isOpenedSynced || /RWF_D?SYNC/.test(args);
    return { kind: 'write', ...about, offset: written.offset ?? position, bytes: written.bytes, isSynced };
  }
  switch (name) {
    case 'fdatasync':
    case 'fsync':
      return { kind: 'flush', ...about };
    case 'ftruncate':
      return { kind: 'truncate', ...about, bytes: numbersIn(args).at(-1) ?? 0 };
    case 'fallocate': {
      const [offset = 0, length = 0] = numbersIn(args).slice(-2);
      if (args.includes('PUNCH_HOLE')) {
        return { kind: 'write', ...about, offset, bytes: Buffer.alloc(length), isSynced: false };
      }
      return args.includes('KEEP_SIZE') ? null : { kind: 'extend', ...about, bytes: offset + length };
    }
    default:
      throw new RangeError(`${name} on ${path} is not known to the replay`);
  }
}

function refuseNameChange({ name, args }: SystemCall, folder: string): void {
  if (!/^(rename|unlink)/.test(name) || !pathsIn(args).some((path) => path.startsWith(folder))) return;
  throw new RangeError(`${name} of a recorded file is not known to the replay`);
}

function pathsIn(args: string): string[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, path = '']) => bytesOf(path).toString());
}
