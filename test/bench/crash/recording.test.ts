import { describe, expect, it } from 'vitest';
import { acksOf, durableBlocks } from '../../../bench/crash/ackLog.js';
import { fileOperations } from '../../../bench/crash/fileOperations.js';
import { Recording } from '../../../bench/crash/recording.js';
import { systemCalls } from '../../../bench/crash/systemCalls.js';

const hex = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '\\x$&');
const file = (fd: number, path: string): string => `${fd}<${hex(path)}>`;

const lines = [
  `7  openat(AT_FDCWD<${hex('/')}>, "${hex('/d/a')}", O_RDWR|O_CREAT, 0666) = 3<${hex('/d/a')}>`,
  `7  openat(AT_FDCWD<${hex('/')}>, "${hex('/d/m')}", O_RDWR|O_DSYNC) = 4<${hex('/d/m')}>`,
  `7  pwrite64(${file(3, '/d/a')}, "${hex('one')}", 3, 0) = 3`,
  `8  pwritev(${file(3, '/d/a')}, [{iov_base="${hex('tw')}", iov_len=2}, {iov_base="${hex('o')}", iov_len=1}], 2, 3 <unfinished ...>`,
  `7  fdatasync(${file(3, '/d/a')}) = 0`,
  `8  <... pwritev resumed>) = 3`,
  `7  lseek(${file(3, '/d/a')}, 6, SEEK_SET) = 6`,
  `7  writev(${file(3, '/d/a')}, [{iov_base="${hex('six')}", iov_len=3}], 1) = 3`,
  `7  pwrite64(${file(4, '/d/m')}, "${hex('meta')}", 4, 0) = 4`,
  `7  fdatasync(${file(3, '/d/a')} <unfinished ...>`,
  `8  pwrite64(${file(9, '/elsewhere')}, "${hex('x')}", 1, 0) = 1`,
  `7  <... fdatasync resumed>) = 0`,
];

const operations = () => fileOperations(systemCalls(lines), '/d/');
const text = (files: Map<string, Buffer>, path: string): string | undefined => files.get(path)?.toString();
const never = () => 0;
const always = () => 0.5;

describe('a recording', () => {
  it('finds writes at offsets, at positions and in parts, flushes, and nothing outside the folder', () => {
    expect(operations().map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'write /d/a',
      'flush /d/a',
      'write /d/a',
      'write /d/a',
      'write /d/m',
      'flush /d/a',
    ]);
    const all = new Recording(operations()).filesAfterPowerLoss(99, always, new Map());
    expect(text(all, '/d/a')).toBe('onetwosix');
  });

  it('keeps what had returned before a flush began, and what was written through', () => {
    const recording = new Recording(operations());
    const afterFirstFlush = recording.filesAfterPowerLoss(6, never, new Map());
    expect(text(afterFirstFlush, '/d/a')).toBe('one');
    const afterMeta = recording.filesAfterPowerLoss(10, never, new Map());
    expect(text(afterMeta, '/d/a')).toBe('one');
    expect(text(afterMeta, '/d/m')).toBe('meta');
    expect(text(recording.filesAfterPowerLoss(13, never, new Map()), '/d/a')).toBe('onetwosix');
  });

  it('tears writes that were not flushed, at sectors', () => {
    const start = new Map([['/d/a', Buffer.alloc(1536, 0x2e)]]);
    const big = `7  pwrite64(${file(3, '/d/a')}, "${'\\x78'.repeat(1536)}", 1536, 0) = 1536`;
    const draws = [0.9, 0.1, 0.9, 0.1];
    const torn = new Recording(fileOperations(systemCalls([big]), '/d/'));
    const files = torn.filesAfterPowerLoss(9, () => draws.shift() ?? 0, start);
    const sector = (letter: string): string => letter.repeat(512);
    expect(text(files, '/d/a')).toBe(sector('x') + sector('.') + sector('x'));
  });

  it('knows the medium that does not flush', () => {
    const lying = new Recording(operations()).withoutFlushes((path) => path === '/d/a');
    const left = lying.filesAfterPowerLoss(99, never, new Map());
    expect(text(left, '/d/a')).toBe('');
    expect(text(left, '/d/m')).toBe('meta');
  });

  it('refuses what it cannot replay', () => {
    const rename = `7  rename("${hex('/d/a')}", "${hex('/d/b')}") = 0`;
    expect(() => fileOperations(systemCalls([rename]), '/d/')).toThrow('rename');
  });
});

describe('what was acknowledged', () => {
  const say = (line: string): string =>
    `7  write(${file(5, '/acks')}, "${hex(`${line}\n`)}", 9) = ${line.length + 1}`;

  it('is durable once a flush that began later has ended, until its removal is asked for', () => {
    const said = ['stored 1', 'flushing 1', 'stored 2', 'flushed 1', 'removing 1', 'flushing 2', 'flushed 2'];
    const acks = acksOf(systemCalls(said.map(say)), '/acks');
    expect([...durableBlocks(acks, 4)]).toEqual([]);
    expect([...durableBlocks(acks, 5)]).toEqual([1]);
    expect([...durableBlocks(acks, 6)]).toEqual([]);
    expect([...durableBlocks(acks, 99)]).toEqual([2]);
  });
});
