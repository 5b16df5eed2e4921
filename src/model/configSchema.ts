import * as z from 'zod';
import { KvError } from '../core/errors.js';

const count = z
  .number()
  .int()
  .positive()
  .max(2 ** 31);
const optionalCount = count.nullish();
const flag = z.boolean().nullish();
const tokenIds = z.union([z.number().int().nonnegative(), z.array(z.number().int().nonnegative())]).nullish();

/** A RoPE section, in the old style (`rope_scaling`) or the new one (`rope_parameters`). */
const ropeSection = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: z.number().positive().nullish(),
  factor: z.number().positive().nullish(),
  low_freq_factor: z.number().positive().nullish(),
  high_freq_factor: z.number().positive().nullish(),
  original_max_position_embeddings: optionalCount,
  partial_rotary_factor: z.number().nullish(),
});

/** config.json, as far as it is read. Keys that are not named here change nothing that is computed. */
const configFile = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count.max(65_535),
  num_attention_heads: count,
  num_key_value_heads: optionalCount,
  head_dim: optionalCount,
  hidden_act: z.string().nullish(),
  rms_norm_eps: z.number().nonnegative().nullish(),
  max_position_embeddings: optionalCount,
  original_max_position_embeddings: optionalCount,
  tie_word_embeddings: flag,
  attention_bias: flag,
  mlp_bias: flag,
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeSection.nullish(),
  rope_parameters: ropeSection.nullish(),
  partial_rotary_factor: z.number().nullish(),
  sliding_window: optionalCount,
  use_sliding_window: flag,
  max_window_layers: z.number().int().nonnegative().nullish(),
  layer_types: z.array(z.string()).nullish(),
  no_rope_layers: z.array(z.number().int()).nullish(),
  no_rope_layer_interval: optionalCount,
  quantization_config: z.unknown().optional(),
  eos_token_id: tokenIds,
});

const generationFile = z.looseObject({ eos_token_id: tokenIds });

export type ConfigFile = z.infer<typeof configFile>;
export type RopeSection = z.infer<typeof ropeSection>;
export type GenerationFile = z.infer<typeof generationFile>;

/** @throws KvError `invalid` that names the file and the key. */
export function checkConfigFile(value: unknown, path: string): ConfigFile {
  return check(configFile, value, path);
}

/** @throws KvError `invalid` that names the file and the key. */
export function checkGenerationFile(value: unknown, path: string): GenerationFile {
  return check(generationFile, value, path);
}

function check<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
  throw new KvError('invalid', `${path}: ${key}: ${issue?.message ?? 'not valid'}`);
}
