import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Geometry, halfPageBytes } from '../../../src/core/geometry.js';
import type { PageView } from '../../../src/core/pageView.js';
import type { GroupCodec } from '../../../src/tiers/codec/groupCodec.js';
import type { PageCodec } from '../../../src/tiers/codec/pageCodec.js';

/** Pages of 32 KiB in one layer. */
export const codecGeometry: Geometry = {
  layers: [{ kind: 'full', rope: true }],
  kvHeads: 2,
  headDim: 32,
  dtype: 'f32',
  blockTokens: 64,
  layoutVersion: 1,
};

export const halfGeometry: Geometry = { ...codecGeometry, dtype: 'f16' };

export function emptyPage(geometry: Geometry): PageView {
  const bytes = halfPageBytes(geometry);
  return { k: new Uint8Array(bytes), v: new Uint8Array(bytes) };
}

/** A page of float32, K first; values from `valueAt` by their place. */
export function pageOf(geometry: Geometry, valueAt: (at: number) => number): PageView {
  const count = halfPageBytes(geometry) / 4;
  const half = (from: number) =>
    new Uint8Array(Float32Array.from({ length: count }, (_, at) => valueAt(from + at)).buffer);
  return { k: half(0), v: half(count) };
}

/** Numbers like those of a model: of about one size, both signs, the same for the same seed. */
export function likelyPage(geometry: Geometry, seed: number): PageView {
  let state = seed + 1;
  return pageOf(geometry, () => {
    let sum = 0;
    for (let i = 0; i < 4; i += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      sum += state / 2 ** 31;
    }
    return sum;
  });
}

/** All values of a page, K first. */
export function valuesOf({ k, v }: PageView): Float32Array {
  return new Float32Array(Uint8Array.from([...k, ...v]).buffer);
}

export async function encoded(codec: PageCodec, page: PageView): Promise<Uint8Array> {
  const into = new Uint8Array(Math.max(...codec.lengths)).fill(0xaa);
  return into.subarray(0, await codec.encode(page, into, turn));
}

export async function decoded(codec: PageCodec, geometry: Geometry, from: Uint8Array): Promise<PageView> {
  const into = emptyPage(geometry);
  if (!(await codec.decode(from, into, turn))) throw new Error('no encoded page');
  return into;
}

/** What a page is once it was encoded. */
export function roundTrip(codec: GroupCodec, page: PageView): PageView {
  const bytes = new Uint8Array(codec.encodedBytes);
  codec.encodeNow(page, bytes);
  const into = { k: new Uint8Array(page.k.length), v: new Uint8Array(page.v.length) };
  codec.decodeNow(bytes, into);
  return into;
}

export const turn = async (): Promise<void> => void (await nextTurn());
