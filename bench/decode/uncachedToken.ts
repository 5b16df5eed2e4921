import { randomBytes } from 'node:crypto';
import {
  collectGeneration,
  type Generation,
  type GenerationWatcher,
} from '../../src/cli/collectGeneration.js';
import type { KvClient } from '../../src/client/kvClient.js';
import { blockKeyBytes, blockKeyFromBytes } from '../../src/core/blockKey.js';

/** The best next token of a prompt under a root of its own, so that nothing of it is cached. @throws KvError as `generate`. */
export function uncachedToken(
  client: KvClient,
  prompt: readonly number[],
  signal: AbortSignal,
  watcher: GenerationWatcher = {},
): Promise<Generation> {
  const sampling = { temperature: 0, seed: 0 };
  const request = { prompt, maxTokens: 1, sampling, eos: [], topLogits: 1, signal };
  const rootKey = blockKeyFromBytes(randomBytes(blockKeyBytes));
  return collectGeneration(client, request, { rootKey, watcher });
}
