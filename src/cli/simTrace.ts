import { KvError } from '../core/errors.js';
import { readTrace } from '../lab/readTrace.js';
import { syntheticTrace } from '../sim/synthetic/syntheticTrace.js';
import type { Trace } from '../sim/trace.js';
import type { CommandContext } from './commandContext.js';
import type { Settings } from './settings.js';
import { parseSynthetic } from './syntheticSpec.js';

/**
 * Reads --trace, or makes --synthetic from --seed.
 * @throws KvError `notFound` or `invalid` that names the flag, or the line of the file.
 */
export async function readSimTrace(settings: Settings, context: CommandContext): Promise<Trace> {
  const { trace: path, synthetic, seed, skipBad } = settings;
  if (path !== undefined && synthetic !== undefined) {
    throw new KvError('invalid', '--trace and --synthetic are both given; choose one');
  }
  if (synthetic !== undefined) return syntheticTrace(parseSynthetic(synthetic), seed);
  if (path === undefined) {
    throw new KvError('invalid', '--trace is missing; give a file, or --synthetic to make a trace');
  }
  const { trace, skipped, firstFault } = await readTrace(path, { skipBad });
  if (skipped > 0) context.err(`${skipped} bad lines were left out, the first: ${firstFault}\n`);
  return trace;
}
