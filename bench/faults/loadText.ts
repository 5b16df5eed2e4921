import { readFileSync } from 'node:fs';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import type { KvClient } from '../../src/client/kvClient.js';

/** What one decode under load gave. */
export interface LoadedDecode {
  readonly tokens: readonly number[];
  /** When each token came, on the clock of `performance.now()`. */
  readonly tokenMs: readonly number[];
  readonly recoveries: number;
  readonly recomputedTokens: number;
}

/** Prompts of different texts, cut out of one file; `tiny-dts` has a token for each byte. */
export function promptsOf(count: number, tokens: number): number[][] {
  const bytes = readFileSync('node_modules/@types/node/fs.d.ts');
  return Array.from({ length: count }, (_, at) => [...bytes.subarray(at * tokens, (at + 1) * tokens)]);
}

export async function decodeUnderLoad(
  client: KvClient,
  prompt: readonly number[],
  maxTokens: number,
  signal: AbortSignal,
  onToken: (count: number) => void = () => {},
): Promise<LoadedDecode> {
  const tokenMs: number[] = [];
  const request = { prompt, maxTokens, eos: [], topLogits: 1, sampling: { temperature: 0, seed: 1 }, signal };
  const watcher = { token: () => onToken(tokenMs.push(performance.now())) };
  const { tokens, recoveries } = await collectGeneration(client, request, { watcher });
  const recomputedTokens = recoveries.reduce((sum, recovery) => sum + recovery.recomputedTokens, 0);
  return { tokens, tokenMs, recoveries: recoveries.length, recomputedTokens };
}

export function isSameText(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((token, at) => token === right[at]);
}
