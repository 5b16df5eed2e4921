import { SeededRandom } from '../seededRandom.js';
import { buildTrace } from '../simulator.js';
import type { Trace } from '../trace.js';
import { agents, chat, prompts } from './conversations.js';
import { loop, scan, zipf } from './singleBlocks.js';
import type { SyntheticDefaults, SyntheticSource } from './syntheticSource.js';

const sources = { zipf, loop, scan, chat, agents, prompts } as const;

export type SyntheticKind = keyof typeof sources;
export const syntheticKinds = Object.keys(sources) as readonly SyntheticKind[]; // its keys

/** What is to be made; parameters that are left out take their defaults. */
export interface SyntheticSpec {
  readonly kind: SyntheticKind;
  readonly parameters: SyntheticDefaults;
}

/** The parameters of a kind, with their defaults. */
export function syntheticDefaults(kind: SyntheticKind): SyntheticDefaults {
  return sources[kind].defaults;
}

/** Makes a trace: equal specifications and seeds give equal ones. */
export function syntheticTrace({ kind, parameters }: SyntheticSpec, seed: number): Trace {
  const source: SyntheticSource = sources[kind];
  const chosen = { ...source.defaults, ...parameters };
  return buildTrace(source.make(chosen, new SeededRandom(seed)), chosen.blockTokens ?? 1);
}
