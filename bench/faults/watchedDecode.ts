import type { GenerationRecovery } from '../../src/cli/collectGeneration.js';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import type { KvClient } from '../../src/client/kvClient.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';

/** What came of one decode. */
export interface WatchedDecode {
  /** Empty where it failed. */
  readonly tokens: readonly number[];
  /** When each came, on the clock of `performance.now()`. */
  readonly tokenMs: readonly number[];
  readonly recoveries: readonly GenerationRecovery[];
  /** Why it failed; null where it did not. */
  readonly failure: string | null;
}

/** A decode that has not ended by then hangs. */
const endsMsMax = 120_000;

/** Decodes greedily to the end, whatever happens on the way. Never rejects but for `signal`. */
export async function watchedDecode(
  client: KvClient,
  rootKey: BlockKey,
  prompt: readonly number[],
  maxTokens: number,
  signal: AbortSignal,
): Promise<WatchedDecode> {
  const tokenMs: number[] = [];
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(endsMsMax)]);
  const sampling = { temperature: 0, seed: 0 };
  const request = { prompt, maxTokens, sampling, eos: [], topLogits: 1, signal: bounded };
  const watcher = { token: () => void tokenMs.push(performance.now()) };
  try {
    const { tokens, recoveries } = await collectGeneration(client, request, { rootKey, watcher });
    return { tokens, tokenMs, recoveries, failure: null };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { tokens: [], tokenMs, recoveries: [], failure: KvError.from(thrown).message };
  }
}
