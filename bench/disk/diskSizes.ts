import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { defaultTransferOptions } from '../../src/transfer/transferOptions.js';

/** Pages of 2 MiB in one layer. */
export const benchGeometry: Geometry = {
  layers: [{ kind: 'full', rope: true }],
  kvHeads: 8,
  headDim: 128,
  dtype: 'f32',
  blockTokens: 256,
  layoutVersion: 1,
};

/** Pages of 4 KiB in one layer, where only their number matters. */
export const smallGeometry: Geometry = { ...benchGeometry, kvHeads: 1, headDim: 32, blockTokens: 16 };

export const benchNamespace = 'd'.repeat(64) as NamespaceId;

/** Requests under way at once, here and in fio: as many pages as a worker writes back at once. */
export const depth = defaultTransferOptions.writeBackBytesMax / pageBytes(benchGeometry);

export interface DiskSizes {
  readonly rounds: number;
  /** Pages of one round, written or read. */
  readonly pages: number;
  readonly churnPages: number;
  readonly overwrites: number;
  readonly openPages: number;
  readonly indexPages: number;
}

export const fullSizes: DiskSizes = {
  rounds: 5,
  pages: 512,
  churnPages: 2048,
  overwrites: 10_000,
  openPages: 100_000,
  indexPages: 1_000_000,
};

export const shortSizes: DiskSizes = {
  rounds: 3,
  pages: 64,
  churnPages: 128,
  overwrites: 400,
  openPages: 20_000,
  indexPages: 50_000,
};
