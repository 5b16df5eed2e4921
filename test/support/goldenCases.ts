import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './scratchFolder.js';

/** What Hugging Face transformers answer to one prompt, greedily. */
export interface GoldenCase {
  readonly promptTokens: readonly number[];
  readonly greedy: readonly number[];
  readonly steps: readonly { readonly top: readonly number[]; readonly logits: readonly number[] }[];
}

/** The cases of a checkpoint folder. */
export function goldenCases(folder: string): readonly GoldenCase[] {
  const { cases }: { cases: GoldenCase[] } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
  return cases;
}

/** The first case: long enough that its pages have to move. */
export function longCase(folder: string): GoldenCase {
  const [first] = goldenCases(folder);
  if (first === undefined) throw new Error(`${folder} has no golden cases`);
  return first;
}

let files = 0;

/** A path in the scratch folder where nothing is yet. */
export function scratchPath(name: string): string {
  files += 1;
  return join(scratchFolder(), `${name}-${files}`);
}

/** A file for --tokens-file. */
export function writeTokens(tokens: readonly number[]): string {
  const path = scratchPath('tokens');
  writeFileSync(path, JSON.stringify(tokens));
  return path;
}
