import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const groupsFolder = '/sys/fs/cgroup';
const kibibyte = 1024;

/** Bytes that this process can still take without swapping: of the machine, and of its control group. */
export function availableBytes(readText: (path: string) => string | null = textOf): number {
  const group = /^0::(.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1] ?? '/';
  const memInfo = readText('/proc/meminfo');
  const machine = memInfo === null ? freemem() : field(memInfo, 'MemAvailable:') * kibibyte;
  return Math.min(machine, groupAvailable(join(groupsFolder, group), readText));
}

/** What the group may still take; files in its page cache give way. Infinity where there is no limit. */
function groupAvailable(folder: string, readText: (path: string) => string | null): number {
  const limit = Number.parseInt(readText(join(folder, 'memory.max')) ?? '', 10);
  if (Number.isNaN(limit)) return Number.POSITIVE_INFINITY; // no such group, or "max"
  const used = Number.parseInt(readText(join(folder, 'memory.current')) ?? '0', 10);
  const stat = readText(join(folder, 'memory.stat')) ?? '';
  const givesWay = field(stat, 'active_file') + field(stat, 'inactive_file');
  return Math.max(0, limit - used + givesWay);
}

/** The number behind a name at the start of a line, or 0. */
function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
