import * as z from 'zod';
import { KvError } from '../core/errors.js';
import {
  checkBlockTokens,
  currentLayoutVersion,
  defaultBlockTokens,
  type Geometry,
  type LayerAttention,
} from '../core/geometry.js';
import { readJsonFile } from '../model/jsonFile.js';
import type { ServedAttention } from '../worker/workerParts.js';

const count = z.number().int().positive().max(65_535);

/** A layer: full attention, or a query sees the last `window` keys, its own included. */
const layer = z.strictObject({
  window: z
    .number()
    .int()
    .positive()
    .max(2 ** 31)
    .optional(),
  rope: z.boolean().default(true),
});

/** The file of --kv-config: what a page store has to know of a model that is computed elsewhere. */
const kvConfigFile = z.strictObject({
  name: z
    .string()
    .regex(/^[\w./:@-]{1,200}$/, 'a name of letters, digits, "-", "_", ".", "/", ":" and "@" is wanted'),
  layers: z.union([count, z.array(layer).min(1).max(65_535)], {
    error: 'a number of layers, or a list such as [{}, {"window": 4096}] is wanted',
  }),
  kvHeads: count,
  headDim: count,
  dtype: z.enum(['f32', 'f16']),
  blockTokens: z.number().int().default(defaultBlockTokens),
  maxTokens: z.number().int().positive().optional(),
  /** With it the workers compute attention too: query heads. */
  heads: count.optional(),
});

export interface KvConfig {
  /** Tells models whose pages have one shape apart. */
  readonly name: string;
  readonly geometry: Geometry;
  /** The longest context; null where the file does not say. */
  readonly maxTokens: number | null;
  /** Null for a store of pages that computes nothing. */
  readonly attention: ServedAttention | null;
}

/** @throws KvError `notFound` or `invalid` that names the file, the key and what is wanted. */
export function readKvConfig(path: string): KvConfig {
  const result = kvConfigFile.safeParse(readJsonFile(path));
  if (!result.success) {
    const [issue] = result.error.issues;
    const key = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
    throw new KvError('invalid', `${path}: ${key}: ${issue?.message ?? 'not valid'}`);
  }
  const { name, layers, kvHeads, headDim, dtype, blockTokens, heads, maxTokens = null } = result.data;
  try {
    checkBlockTokens(blockTokens);
  } catch (thrown) {
    throw new KvError('invalid', `${path}: blockTokens: ${KvError.from(thrown).message}`);
  }
  if (heads !== undefined && heads % kvHeads !== 0) {
    throw new KvError(
      'invalid',
      `${path}: heads: ${heads} query heads do not share ${kvHeads} kvHeads evenly`,
    );
  }
  const list =
    typeof layers === 'number' ? new Array<z.infer<typeof layer>>(layers).fill({ rope: true }) : layers;
  return {
    name,
    maxTokens,
    attention: heads === undefined ? null : { heads },
    geometry: {
      layers: list.map(attentionOf),
      kvHeads,
      headDim,
      dtype,
      blockTokens,
      layoutVersion: currentLayoutVersion,
    },
  };
}

function attentionOf({ window, rope }: z.infer<typeof layer>): LayerAttention {
  return window === undefined ? { kind: 'full', rope } : { kind: 'window', window, rope };
}
