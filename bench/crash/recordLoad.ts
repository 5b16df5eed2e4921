import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchContext } from '../support/bench.js';
import { ensureInstalled } from '../support/installed.js';
import { type Ack, acksOf } from './ackLog.js';
import { fileOperations } from './fileOperations.js';
import { Recording } from './recording.js';
import { type SystemCall, systemCalls } from './systemCalls.js';

const script = fileURLToPath(new URL('./recordedLoad.ts', import.meta.url));
const calls =
  'openat,lseek,write,pwrite64,writev,pwritev,pwritev2,fdatasync,fsync,msync,sync_file_range,ftruncate,fallocate,' +
  'rename,renameat,renameat2,unlink,unlinkat,copy_file_range';
const textBytesMax = 2 ** 26;

export interface RecordedLoad {
  readonly recording: Recording;
  readonly acks: readonly Ack[];
  /** The folder of the disk while it was recorded: paths of the recording begin with it. */
  readonly folder: string;
}

/**
 * Lets a process store, remove and flush pages on a real disk tier, and records every write and flush of it.
 * @throws KvError `unavailable` when strace is missing and cannot be installed.
 */
export async function recordLoad(
  root: string,
  seed: number,
  operations: number,
  context: BenchContext,
): Promise<RecordedLoad> {
  const strace = await ensureInstalled('strace', 'strace', context);
  const folder = join(root, 'disk');
  const acks = join(root, 'acks');
  const log = join(root, 'calls');
  await mkdir(folder);
  const recorder = ['-f', '-y', '-xx', '-s', `${textBytesMax}`, '-e', `trace=${calls}`, '-e', 'signal=none'];
  const load = [process.execPath, '--import', 'tsx', script, folder, acks, `${seed}`, `${operations}`];
  await promisify(execFile)(strace, [...recorder, '-o', log, ...load], { signal: context.signal });
  const all: SystemCall[] = [];
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(log) })) lines.push(line);
  all.push(...systemCalls(lines));
  return { recording: new Recording(fileOperations(all, folder)), acks: acksOf(all, acks), folder };
}
