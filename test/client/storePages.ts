import type { PageToPut } from '../../src/client/pageResults.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { type FakeStore, geometry, halfBytes } from './fakeStore.js';

export const tokens = (count: number) => Array.from({ length: count }, (_, at) => at * 3);
export const part = (salt: number) =>
  Uint8Array.from({ length: halfBytes }, (_, at) => (at * 7 + salt) % 251);

export function pagesOf(keys: readonly BlockKey[]): PageToPut[] {
  return keys.flatMap((block, blockIndex) =>
    geometry.layers.map((_, layer) => ({
      block,
      layer,
      blockIndex,
      k: part(blockIndex * 10 + layer),
      v: part(blockIndex * 10 + layer + 100),
    })),
  );
}

/** Runs the clock until `work` has settled. */
export const run = <T>(store: FakeStore, work: Promise<T>) => store.clock.run(work);
export const kindsOf = (results: readonly { kind: string }[]) => [
  ...new Set(results.map(({ kind }) => kind)),
];
