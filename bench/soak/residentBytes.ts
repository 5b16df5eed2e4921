import { readFileSync } from 'node:fs';

/** Bytes of memory that a process has in use, what it shares with others included. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
