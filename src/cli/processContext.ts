import { KvError } from '../core/errors.js';
import type { CommandContext } from './commandContext.js';

const exitCodeOf = { SIGINT: 130, SIGTERM: 143 } as const;

export interface ProcessContext {
  readonly context: CommandContext;
  /** 130 or 143 when a signal has ended the command, else null. */
  readonly signalExitCode: () => number | null;
}

/**
 * The context of a real process. The first signal asks the command to end; the second ends it at once
 * (children notice by their pipes).
 * @param parent aborts when the parent process is gone; null for a process of its own.
 */
export function processContext(parent: AbortSignal | null): ProcessContext {
  const asked = new AbortController();
  let exitCode: number | null = null;
  const signals = parent === null ? (['SIGINT', 'SIGTERM'] as const) : (['SIGTERM'] as const);
  for (const name of signals) {
    process.on(name, () => {
      if (exitCode !== null) process.exit(exitCode);
      exitCode = exitCodeOf[name];
      asked.abort(new KvError('cancelled', `ended by ${name}`));
    });
  }
  // Whoever reads the output may stop reading, as `head` does: that is no fault of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      asked.abort(new KvError('cancelled', 'nobody reads the output any more'));
    });
  }
  parent?.addEventListener('abort', () =>
    asked.abort(new KvError('cancelled', 'the parent process is gone')),
  );
  return {
    context: {
      environment: process.env,
      stdin: () => (process.stdin.isTTY === true ? null : process.stdin),
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      isTerminal: process.stderr.isTTY === true,
      signal: asked.signal,
    },
    signalExitCode: () => exitCode,
  };
}
