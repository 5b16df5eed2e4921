import { KvError } from '../../src/core/errors.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import { needleTokens, type TokenSpan } from './needleTokens.js';

export interface Needle {
  readonly key: number;
  readonly value: number;
  /** Of the key; the value comes right after it. */
  readonly position: number;
}

export interface NeedlePrompt {
  readonly tokens: readonly number[];
  /** In the order of their depths; no two share a key or a value. */
  readonly needles: readonly Needle[];
}

/**
 * Fillers with needles among them at depths drawn from the seed.
 * @param count at most as many as there are keys and values.
 * @throws KvError `invalid` when there is no room for so many.
 */
export function needlePrompt(length: number, count: number, seed: number): NeedlePrompt {
  const { keys, values, fillers } = needleTokens;
  if (count > Math.min(keys.count, values.count) || 4 * count > length) {
    throw new KvError('invalid', `${count} needles do not fit into ${length} tokens`);
  }
  const random = new SeededRandom(seed);
  const below = (end: number): number => Math.floor(random.fraction() * end);
  const tokens = Array.from({ length }, () => fillers.from + below(fillers.count));
  const chosenKeys = shuffled(keys, below);
  const chosenValues = shuffled(values, below);
  const needles = positions(length, count, below).map((position, index) => ({
    key: chosenKeys[index]!,
    value: chosenValues[index]!,
    position,
  }));
  for (const { key, value, position } of needles) {
    tokens[position] = key;
    tokens[position + 1] = value;
  }
  return { tokens, needles };
}

/** The same tokens with fillers where a needle was. */
export function withoutNeedle(tokens: readonly number[], { position }: Needle): number[] {
  const { from } = needleTokens.fillers;
  return tokens.with(position, from).with(position + 1, from);
}

/** Ascending, each with room for a key and a value before the next. */
function positions(length: number, count: number, below: (end: number) => number): number[] {
  const taken = new Set<number>();
  while (taken.size < count) {
    const position = below(length - 1);
    if (![-1, 0, 1].some((step) => taken.has(position + step))) taken.add(position);
  }
  return [...taken].sort((a, b) => a - b);
}

function shuffled({ from, count }: TokenSpan, below: (end: number) => number): number[] {
  const ids = Array.from({ length: count }, (_, index) => from + index);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = below(at + 1);
    [ids[at], ids[other]] = [ids[other]!, ids[at]!];
  }
  return ids;
}
