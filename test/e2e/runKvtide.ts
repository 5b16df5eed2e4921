import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GenerateReport, generateReportSchema } from '../../src/cli/generateReport.js';

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** A kvtide process with a temporary folder of its own, so that what it leaves behind can be seen. */
export class Kvtide {
  readonly process: ChildProcess;
  readonly temporary: string;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<number | null>;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.temporary = mkdtempSync(join(tmpdir(), 'kvtide-e2e-'));
    this.process = spawn(process.execPath, ['bin/kvtide.js', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: this.temporary, ...environment },
    });
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.#closed = once(this.process, 'close').then(([code]) => code as number | null);
  }

  async finished(): Promise<Finished> {
    const code = await this.#closed;
    return { stdout: this.stdout, stderr: this.stderr, code };
  }

  /** Waits until `text` stands on stderr or stdout. */
  async says(text: string): Promise<void> {
    while (!this.stderr.includes(text) && !this.stdout.includes(text)) {
      if (this.process.exitCode !== null) throw new Error(`ended before it said "${text}": ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Process ids of its children that live. */
  children(): number[] {
    return childrenOf(this.process.pid ?? -1);
  }

  /** What is left in its temporary folder. */
  leftovers(): string[] {
    return readdirSync(this.temporary);
  }

  dispose(): void {
    this.process.kill('SIGKILL');
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

/** Processes whose parent is `pid`, read from /proc. */
function childrenOf(pid: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.filter((name) => parentOf(name) === pid).map(Number);
}

function parentOf(pid: string): number {
  const stat = readStat(pid);
  return Number(
    stat
      .slice(stat.lastIndexOf(')') + 1)
      .trim()
      .split(' ')[1],
  );
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return ') Z -1'; // it has just ended
  }
}

/** Whether a process runs; one that ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  const stat = readStat(String(pid));
  return stat.slice(stat.lastIndexOf(')') + 1).trim()[0] !== 'Z';
}

/** Runs `kvtide generate … --json` to its end. */
export async function generateJson(args: readonly string[]): Promise<GenerateReport> {
  const run = new Kvtide(['generate', ...args, '--json']);
  try {
    const { stdout, stderr, code } = await run.finished();
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
    return generateReportSchema.parse(JSON.parse(stdout));
  } finally {
    run.dispose();
  }
}
