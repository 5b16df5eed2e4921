import { randomBytes } from 'node:crypto';
import type { KvClient } from '../client/kvClient.js';
import { type BlockKey, blockKeyBytes, blockKeyFromBytes } from '../core/blockKey.js';
import { collectGeneration, type Generation } from './collectGeneration.js';

export interface NoCacheProof {
  readonly sameTokens: boolean;
  /** Time of a token without a cache over that of one with it. */
  readonly slowdown: number;
}

/** Blocks under a root of their own are found by nobody: a sequence that reuses nothing. */
function unusedRoot(): BlockKey {
  return blockKeyFromBytes(randomBytes(blockKeyBytes));
}

/** Decodes a few tokens greedily with the cache, then each by computing everything before it anew. */
export async function proveAgainstNoCache(
  client: KvClient,
  prompt: readonly number[],
  maxTokens: number,
  signal: AbortSignal,
): Promise<NoCacheProof> {
  const run = (tokens: readonly number[], count: number): Promise<Generation> => {
    const sampling = { temperature: 0, seed: 0 };
    const request = { prompt: tokens, maxTokens: count, sampling, eos: [], topLogits: 1, signal };
    return collectGeneration(client, request, { rootKey: unusedRoot() });
  };
  const cached = await run(prompt, maxTokens);
  const recomputed: number[] = [];
  let recomputeMs = 0;
  while (recomputed.length < maxTokens) {
    const { tokens, timings } = await run([...prompt, ...recomputed], 1);
    recomputed.push(...tokens);
    recomputeMs += timings.firstTokenMs;
  }
  const cachedMsPerToken = cached.timings.decodeMs / (maxTokens - 1);
  return {
    sameTokens: recomputed.every((token, at) => token === cached.tokens[at]),
    slowdown: recomputeMs / maxTokens / cachedMsPerToken,
  };
}
