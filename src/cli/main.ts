import { KvError } from '../core/errors.js';
import { errorText } from './errorLine.js';
import { exitCodes } from './exitCode.js';
import { followParent } from './parentPipe.js';
import { processContext } from './processContext.js';
import { runCommandLine } from './program.js';

const args = process.argv.slice(2);
const parent = args.includes('--parent-pipe') ? followParent() : null;
const { context, signalExitCode } = processContext(parent);

let exitCode = 0;
try {
  await runCommandLine(args, context);
} catch (thrown) {
  exitCode = exitCodes[KvError.from(thrown).kind];
  const isVerbose = args.includes('--verbose') || Boolean(process.env.KVTIDE_DEBUG);
  if (signalExitCode() === null) context.err(errorText(thrown, isVerbose));
}
// Connections and idle threads may still be open; what was written goes out first.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
process.exit(signalExitCode() ?? exitCode);
