import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { KvError } from '../../src/core/errors.js';

const script = fileURLToPath(new URL('./unaryProcess.ts', import.meta.url));
const started = z.object({ port: z.int() });

/** The naive store in a process of its own. */
export class UnaryServer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<UnaryServer> {
    const child = fork(script, {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const message = await new Promise<unknown>((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) =>
        reject(new KvError('internal', `the naive store ended with code ${code}`)),
      );
    });
    return new UnaryServer(child, started.parse(message).port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  stop(): void {
    this.#child.disconnect();
  }
}
