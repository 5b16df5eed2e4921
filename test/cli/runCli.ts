import { Readable } from 'node:stream';
import type { CommandContext } from '../../src/cli/commandContext.js';
import { errorText } from '../../src/cli/errorLine.js';
import { exitCodes } from '../../src/cli/exitCode.js';
import { runCommandLine } from '../../src/cli/program.js';
import { KvError } from '../../src/core/errors.js';

export interface CliRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * Runs a command line in this process, as main.ts does.
 * @param stdin what is piped in; without it stdin is a terminal.
 */
export async function runCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  stdin: string | null = null,
): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  const context: CommandContext = {
    environment,
    stdin: () => (stdin === null ? null : Readable.from([Buffer.from(stdin)])),
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    isTerminal: false,
    signal: new AbortController().signal,
  };
  try {
    await runCommandLine(args, context);
  } catch (thrown) {
    exitCode = exitCodes[KvError.from(thrown).kind];
    stderr += errorText(thrown, false);
  }
  return { stdout, stderr, exitCode };
}
