import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { residentBytes } from '../soak/residentBytes.js';

/** What a process holds when it is at rest. */
export interface ProcessSize {
  readonly residentBytes: number;
  readonly files: number;
}

const samples = 8;
const sampleMs = 150;

/** The least of some samples: what is on its way somewhere is not counted. */
export async function restingSize(pid: number): Promise<ProcessSize> {
  let least: ProcessSize = { residentBytes: Number.POSITIVE_INFINITY, files: Number.POSITIVE_INFINITY };
  for (let i = 0; i < samples; i += 1) {
    await pause(sampleMs);
    least = {
      residentBytes: Math.min(least.residentBytes, residentBytes(pid)),
      files: Math.min(least.files, readdirSync(`/proc/${pid}/fd`).length),
    };
  }
  return least;
}
