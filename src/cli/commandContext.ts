/** What a command gets from its process; tests give it their own. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What comes on stdin; null where that is a terminal, at which nobody would know what to type. */
  stdin(): AsyncIterable<Uint8Array> | null;
  /** Writes to stdout: results only. */
  out(text: string): void;
  /** Writes to stderr: everything else. */
  err(text: string): void;
  /** Whether stderr is a terminal, where a line can be drawn over. */
  readonly isTerminal: boolean;
  /** Aborts at SIGINT, at SIGTERM, or when a parent that held a pipe is gone. */
  readonly signal: AbortSignal;
}

/** Resolves when the process is asked to end. */
export function whenAsked({ signal }: CommandContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
