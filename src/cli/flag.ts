import type { z } from 'zod';

/** How a setting is written as a flag; null where the flag takes no value. */
export interface FlagMeta {
  readonly argument: string | null;
  readonly description: string;
}

/** Says how a setting is given and what it is for. */
export function flag<S extends z.ZodType>(schema: S, argument: string | null, description: string): S {
  return schema.meta({ argument, description } satisfies FlagMeta);
}
