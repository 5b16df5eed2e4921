import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

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

let folder: string | null = null;
let files = 0;
afterAll(() => {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  folder = null;
});

/** A folder of the test file's own, removed after it. */
function scratchFolder(): string {
  folder ??= mkdtempSync(join(tmpdir(), 'kvtide-test-'));
  return folder;
}

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
