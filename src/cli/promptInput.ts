import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { ModelOfCluster } from '../client/kvClient.js';
import { KvError } from '../core/errors.js';
import { isMissing } from '../core/isMissing.js';
import { geometryOf } from '../model/modelConfig.js';
import { openTokenizer } from '../tokenizer/openTokenizer.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { layoutName } from './layoutName.js';
import { checkComputing, readCheckpointConfig } from './modelInput.js';
import type { Settings } from './settings.js';

/** What is to be continued, checked against the model. */
export interface PromptInput {
  readonly tokens: readonly number[];
  /** Tokens that end a text; empty when the model is not known here. */
  readonly eos: readonly number[];
  /** The text of tokens, or null without a tokenizer. */
  readonly textOf: (tokens: readonly number[]) => string | null;
  /** @throws KvError `conflict` when the cluster serves a model of another shape. */
  readonly check: (cluster: ModelOfCluster) => void;
}

const tokenList = z.array(z.number().int().nonnegative());

/**
 * Reads --prompt, --prompt-file or --tokens-file.
 * @throws KvError `invalid`, `notFound` or `unsupported`, before anything is started.
 */
export function readPrompt(settings: Settings): PromptInput {
  const { model, cluster, tokensFile, maxTokens } = settings;
  checkSources(settings);
  if (model === undefined && (cluster === undefined || tokensFile === undefined)) {
    throw new KvError('invalid', '--model is missing; give a checkpoint folder');
  }
  const config = model === undefined ? null : readCheckpointConfig(model);
  if (config !== null && cluster === undefined) {
    const { kvDtype: dtype, blockTokens } = settings;
    checkComputing(settings, geometryOf(config, { dtype, blockTokens }));
  }
  const tokenizer = model === undefined || config === null ? null : openTokenizer(model, config.vocabulary);
  const tokens = tokensFile === undefined ? textTokens(settings, tokenizer) : fileTokens(tokensFile);
  if (tokens.length === 0) throw new KvError('invalid', 'the prompt is empty; give at least one token');
  if (config !== null) {
    const outside = tokens.find((token) => token >= config.vocabulary);
    if (outside !== undefined) {
      throw new KvError(
        'invalid',
        `token ${outside} is outside the vocabulary of ${config.vocabulary} tokens`,
      );
    }
    if (tokens.length + maxTokens > config.maxPositions) {
      throw new KvError(
        'invalid',
        `${tokens.length} prompt tokens and --max-tokens ${maxTokens} go past the model's ${config.maxPositions} positions; give less`,
      );
    }
  }
  return {
    tokens,
    eos: config?.eosTokens ?? [],
    textOf: (ids) => tokenizer?.decode(ids) ?? null,
    check: ({ geometry }) => {
      if (config === null || layoutName(config) === layoutName(geometry)) return;
      throw new KvError('conflict', `the cluster serves another model than ${model}; give its --model`);
    },
  };
}

function checkSources({ prompt, promptFile, tokensFile, promptBytes }: Settings): void {
  const given = [prompt, promptFile, tokensFile].filter((source) => source !== undefined).length;
  if (given !== 1) {
    throw new KvError(
      'invalid',
      `give one of --prompt, --prompt-file and --tokens-file, not ${given === 0 ? 'none' : given}`,
    );
  }
  if (promptBytes !== undefined && promptFile === undefined) {
    throw new KvError('invalid', '--prompt-bytes needs --prompt-file');
  }
}

function textTokens(
  { prompt, promptFile, promptBytes }: Settings,
  tokenizer: Tokenizer | null,
): readonly number[] {
  if (tokenizer === null)
    throw new KvError('invalid', 'a text needs a tokenizer; give --model or --tokens-file');
  if (promptFile === undefined) return tokenizer.encode(Buffer.from(prompt ?? '', 'utf8'));
  const bytes = readInput('--prompt-file', promptFile);
  if (promptBytes !== undefined && promptBytes > bytes.length) {
    throw new KvError(
      'invalid',
      `--prompt-bytes ${promptBytes} is more than ${promptFile} has: ${bytes.length} bytes`,
    );
  }
  return tokenizer.encode(bytes.subarray(0, promptBytes));
}

function fileTokens(path: string): readonly number[] {
  let content: unknown;
  try {
    content = JSON.parse(readInput('--tokens-file', path).toString('utf8'));
  } catch (thrown) {
    if (thrown instanceof KvError) throw thrown;
    throw new KvError('invalid', `--tokens-file: ${path} is not JSON`, { cause: thrown });
  }
  const parsed = tokenList.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new KvError(
    'invalid',
    `--tokens-file: ${path} must hold a JSON array of token ids, such as [47, 42]`,
  );
}

function readInput(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const isThere = !isMissing(cause);
    const reason = isThere ? `cannot be read: ${KvError.from(cause).message}` : 'does not exist';
    throw new KvError(isThere ? 'invalid' : 'notFound', `${flag}: ${path} ${reason}`, { cause });
  }
}
