import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DigestMemory } from './tensorDigests.js';

/** Files whose digests are remembered; older ones are forgotten first. */
const stampsMax = 256;

/** Digests in one small JSON file. A file that is missing or broken counts as empty. */
export class DigestFile implements DigestMemory {
  readonly #path: string;
  readonly #digests: Map<string, Map<string, string>>;
  #changed = false;

  constructor(path: string) {
    this.#path = path;
    this.#digests = load(path);
  }

  get(stamp: string, tensor: string): string | undefined {
    return this.#digests.get(stamp)?.get(tensor);
  }

  set(stamp: string, tensor: string, sha256: string): void {
    const tensors = this.#digests.get(stamp) ?? new Map<string, string>();
    this.#digests.set(stamp, tensors.set(tensor, sha256));
    this.#changed = true;
  }

  /** Writes what was added, whole or not at all. @throws when the folder cannot be written. */
  save(): void {
    if (!this.#changed) return;
    const newest = [...this.#digests].slice(-stampsMax);
    const json = JSON.stringify(
      Object.fromEntries(newest.map(([key, map]) => [key, Object.fromEntries(map)])),
    );
    mkdirSync(dirname(this.#path), { recursive: true });
    const next = `${this.#path}.${process.pid}`;
    writeFileSync(next, json);
    renameSync(next, this.#path);
    this.#changed = false;
  }
}

function load(path: string): Map<string, Map<string, string>> {
  const digests = new Map<string, Map<string, string>>();
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return digests;
  }
  if (typeof json !== 'object' || json === null) return digests;
  for (const [stamp, tensors] of Object.entries(json)) {
    if (typeof tensors !== 'object' || tensors === null) continue;
    const valid = Object.entries(tensors).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string' && /^[0-9a-f]{64}$/.test(pair[1]),
    );
    digests.set(stamp, new Map(valid));
  }
  return digests;
}
