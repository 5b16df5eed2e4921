import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { KvError } from '../core/errors.js';
import { errorPrefix } from './errorLine.js';
import { kindOfExitCode } from './exitCode.js';
import { type ReadyLine, readyLineSchema } from './readyLine.js';

/** How a child process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const script = fileURLToPath(new URL('../../bin/kvtide.js', import.meta.url));

/** Lines of stderr that are kept, for the error of a child that ends before it is ready. */
const keptLines = 50;

/**
 * A kvtide command in a process of its own. It holds a pipe from us, and ends when we do, however we end.
 */
export class ChildProcess {
  readonly pid: number;
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #errorLines: string[] = [];
  readonly #ready: Promise<ReadyLine>;
  #isReady = false;

  /**
   * @param args a command line of ours, without node and script.
   * @param log takes the lines of its stderr once it is ready.
   */
  constructor(args: readonly string[], log: (line: string) => void) {
    this.#process = spawn(process.execPath, [script, ...args, '--parent-pipe', '--json'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: childEnvironment(),
    });
    this.pid = this.#process.pid ?? 0;
    this.#process.stdin.on('error', () => {}); // the child may be gone before its pipe
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => resolve({ code, signal }));
      this.#process.on('error', () => resolve({ code: null, signal: null }));
    });
    createInterface({ input: this.#process.stderr }).on('line', (line) => {
      if (this.#isReady) log(line);
      else this.#errorLines.push(line);
      if (this.#errorLines.length > keptLines) this.#errorLines.shift();
    });
    this.#ready = new Promise((resolve, reject) => {
      createInterface({ input: this.#process.stdout }).once('line', (line) => {
        this.#isReady = true;
        for (const early of this.#errorLines.splice(0)) log(early);
        try {
          resolve(readyLineSchema.parse(JSON.parse(line)));
        } catch (cause) {
          reject(new KvError('internal', `"kvtide ${args[0]}" wrote no ready line: ${line}`, { cause }));
        }
      });
      void this.ended.then((end) => reject(this.#startError(args[0] ?? '', end)));
    });
    this.#ready.catch(() => {});
  }

  /** It has said that it serves. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** @throws KvError that the child failed with, when it ends before it is ready. */
  ready(): Promise<ReadyLine> {
    return this.#ready;
  }

  /** Asks it to end, and kills it after `graceMs`. */
  async stop(graceMs: number): Promise<ChildEnd> {
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), graceMs);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  #startError(command: string, { code, signal }: ChildEnd): KvError {
    const line = this.#errorLines.findLast((text) => text.startsWith(errorPrefix));
    if (line !== undefined) return new KvError(kindOfExitCode(code), line.slice(errorPrefix.length));
    const how = signal === null ? `exit code ${code}` : signal;
    const last = this.#errorLines.at(-1) ?? 'it wrote nothing';
    return new KvError('internal', `"kvtide ${command}" ended with ${how} before it was ready: ${last}`);
  }
}

/** Ours, without the settings in it: the command line of the child says all that matters. */
function childEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter(([name]) => !name.startsWith('KVTIDE_') || name === 'KVTIDE_DEBUG'),
  );
}
