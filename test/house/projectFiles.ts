import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Made by tools, never committed. */
const madeByTools = new Set(['.git', 'node_modules', 'dist', '.cache', 'coverage']);

/** Paths of the project's files, relative to its folder, that `wanted` takes; sorted. */
export function projectFiles(wanted: (path: string) => boolean): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!madeByTools.has(entry.name) && path !== 'bench/out') walk(path);
      } else if (entry.isFile() && wanted(path)) {
        found.push(path);
      }
    }
  };
  walk('');
  return found.sort();
}

export function readProjectFile(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Our TypeScript in src; what a tool generated is not ours. */
export function isOwnSource(path: string): boolean {
  return path.startsWith('src/') && path.endsWith('.ts') && !path.startsWith('src/rpc/gen/');
}
