import { errorText } from '../src/cli/errorLine.js';
import { exitCodes } from '../src/cli/exitCode.js';
import { processContext } from '../src/cli/processContext.js';
import { KvError } from '../src/core/errors.js';
import { crash } from './crash.js';
import { decode } from './decode.js';
import { disk } from './disk.js';
import { faults, faultsParts } from './faults.js';
import { fuzz } from './fuzz.js';
import { long, longParts } from './long.js';
import { reuse } from './reuse.js';
import { sim } from './sim.js';
import { soak } from './soak.js';
import type { Bench } from './support/bench.js';
import { benchArguments } from './support/benchArguments.js';
import { benchTable } from './support/benchTable.js';
import { thisMachine } from './support/machine.js';
import { transfer } from './transfer.js';

// npm run bench -- NAME [--short] [--json] [--minutes N]; of faults and long also [--part NAME] [--tokens N] [--plot FILE],
// of sim [--trace FILE]

const benches: ReadonlyMap<string, Bench> = new Map([
  ['crash', crash],
  ['decode', decode],
  ['disk', disk],
  ['faults', faults],
  ['fuzz', fuzz],
  ['long', long],
  ['reuse', reuse],
  ['sim', sim],
  ['soak', soak],
  ['transfer', transfer],
]);
const parts: ReadonlyMap<string, ReadonlyMap<string, Bench>> = new Map([
  ['faults', faultsParts],
  ['long', longParts],
]);
const partsOf = new Map([...benches.keys()].map((name) => [name, [...(parts.get(name)?.keys() ?? [])]]));
const failedExitCode = 1;

const { context: command, signalExitCode } = processContext(null);

/** @returns the exit code. */
async function run(args: readonly string[]): Promise<number> {
  const { name, short, json, minutes, ...sizes } = benchArguments(args, partsOf);
  const bench = benches.get(name);
  if (bench === undefined) throw new KvError('internal', `bench "${name}" is gone`);
  const tell = (line: string): void => command.err(`${line}\n`);
  const deadlineMs = performance.now() + minutes * 60_000;
  const result = await bench({ short, deadlineMs, signal: command.signal, tell, ...sizes });
  tell(benchTable(result));
  for (const { name: ratio, reason } of result.missing) tell(`${ratio} is missing: ${reason}`);
  for (const failure of result.failures ?? []) tell(`failed: ${failure}`);
  const { rows, ratios } = result;
  if (json) command.out(`${JSON.stringify({ bench: name, machine: thisMachine(), rows, ratios })}\n`);
  const isWhole = result.missing.length === 0 && (result.failures ?? []).length === 0;
  return isWhole ? 0 : failedExitCode;
}

let exitCode = 0;
try {
  exitCode = await run(process.argv.slice(2));
} catch (thrown) {
  exitCode = exitCodes[KvError.from(thrown).kind];
  command.err(errorText(thrown, Boolean(process.env.KVTIDE_DEBUG)));
}
// Connections may still be open; what was written goes out first.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(signalExitCode() ?? exitCode);
