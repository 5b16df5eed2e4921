import { setTimeout as pause } from 'node:timers/promises';
import { blockKeyFromBytes } from '../../src/core/blockKey.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { Lane } from '../../src/transfer/lane.js';
import type { FuzzSource } from './fuzzSource.js';

const triesMax = 20;

/** Stores a page of its own and reads it back, as somebody who does nothing wrong. @returns what went wrong. */
export async function goodTraffic(source: FuzzSource, lane: Lane, halfBytes: number): Promise<string | null> {
  const view = { k: source.bytes(halfBytes), v: source.bytes(halfBytes) };
  const id = { block: blockKeyFromBytes(source.bytes(32)), layer: 0 };
  const page = { id, view, blockIndex: 0, checksum: pageChecksum(view) };
  const put = await patiently(() => lane.put(page));
  if (put.kind !== 'stored') return `a good put answered ${described(put)}`;
  const into = { k: new Uint8Array(halfBytes), v: new Uint8Array(halfBytes) };
  const got = await patiently(() => lane.get(id, into));
  if (got.kind !== 'hit') return `a good get answered ${described(got)}`;
  const isSame = Buffer.compare(into.k, view.k) === 0 && Buffer.compare(into.v, view.v) === 0;
  return isSame ? null : 'a page came back with other bytes';
}

/** A throttled call is tried again. */
async function patiently<T extends { readonly kind: string }>(call: () => Promise<T>): Promise<T> {
  let result = await call();
  for (let tries = 1; result.kind === 'throttled' && tries < triesMax; tries += 1) {
    await pause(20);
    result = await call();
  }
  return result;
}

function described(result: { readonly kind: string; readonly cause?: Error }): string {
  return result.cause === undefined ? result.kind : `${result.kind}: ${result.cause.message}`;
}
