import { KvError } from './errors.js';

export type KvDtype = 'f32' | 'f16';

/** What a layer's queries may see, and whether its keys are rotated. */
export type LayerAttention =
  | { readonly kind: 'full'; readonly rope: boolean }
  /** A query sees the last `window` keys, its own included. */
  | { readonly kind: 'window'; readonly window: number; readonly rope: boolean };

/** The shape of the KV cache of one model: all that decides how a page is laid out. */
export interface Geometry {
  readonly layers: readonly LayerAttention[];
  readonly kvHeads: number;
  readonly headDim: number;
  readonly dtype: KvDtype;
  /** Tokens a block; a power of two, 16 to 1024. */
  readonly blockTokens: number;
  readonly layoutVersion: number;
}

export const currentLayoutVersion = 1;
export const defaultBlockTokens = 256;

/** A slot is a multiple of this, so that pages can be mapped, locked and read with direct I/O. */
const slotAlignmentBytes = 4096;

export function dtypeBytes(dtype: KvDtype): number {
  return dtype === 'f32' ? 4 : 2;
}

/** @throws KvError `invalid` for a block size that the kernels have no fixed tile for. */
export function checkBlockTokens(blockTokens: number): void {
  const isPowerOfTwo = Number.isInteger(blockTokens) && (blockTokens & (blockTokens - 1)) === 0;
  if (!isPowerOfTwo || blockTokens < 16 || blockTokens > 1024) {
    throw new KvError('invalid', `a block of ${blockTokens} tokens is not supported; use 16, 32, 64 … 1024`);
  }
}

/** Bytes of K (or V) of one page: `[kvHeads][blockTokens][headDim]`. */
export function halfPageBytes(geometry: Geometry): number {
  return geometry.kvHeads * geometry.blockTokens * geometry.headDim * dtypeBytes(geometry.dtype);
}

/** Bytes of one page: `[2][kvHeads][blockTokens][headDim]`, K first. */
export function pageBytes(geometry: Geometry): number {
  return 2 * halfPageBytes(geometry);
}

/** Bytes of the room that one page takes in a slab. */
export function slotBytes(geometry: Geometry): number {
  return slotBytesOf(pageBytes(geometry));
}

/** The same for so many bytes. */
export function slotBytesOf(bytes: number): number {
  return Math.ceil(bytes / slotAlignmentBytes) * slotAlignmentBytes;
}
