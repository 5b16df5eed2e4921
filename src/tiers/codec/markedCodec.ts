import { type Geometry, halfPageBytes } from '../../core/geometry.js';
import type { PageView } from '../../core/pageView.js';
import type { NextTurn, PageCodec } from './pageCodec.js';
import { type LossyDtype, tierDtypes } from './tierDtype.js';

/**
 * Pages as another codec makes them, or as they are where that does not make them shorter, marked as the work of
 * a worker with a tier that keeps less: none of their own bits need be lost, but they may have been computed from
 * pages that lost some.
 */
export class MarkedCodec implements PageCodec {
  readonly name: string;
  readonly id: number;
  readonly version: number;
  readonly isLossless: boolean;
  readonly lengths: readonly number[];
  readonly #inner: PageCodec | null;
  readonly #halfBytes: number;

  /** @param inner null: pages as they are. @param least what the worker's least precise tier keeps. */
  constructor(inner: PageCodec | null, least: LossyDtype, geometry: Geometry) {
    this.#inner = inner;
    this.#halfBytes = halfPageBytes(geometry);
    this.name = `${inner?.name ?? 'exact'} of ${least}`;
    this.id = (tierDtypes.indexOf(least) << 8) | (inner?.id ?? 0);
    this.version = inner?.version ?? 1;
    this.isLossless = inner?.isLossless ?? true;
    const whole = this.isLossless ? [2 * this.#halfBytes] : [];
    this.lengths = [...(inner?.lengths ?? []), ...whole];
  }

  async encode(from: PageView, into: Uint8Array, nextTurn: NextTurn): Promise<number> {
    const length = this.#inner === null ? 0 : await this.#inner.encode(from, into, nextTurn);
    if (length > 0) return length;
    into.set(from.k);
    into.set(from.v, this.#halfBytes);
    return 2 * this.#halfBytes;
  }

  async decode(from: Uint8Array, into: PageView, nextTurn: NextTurn): Promise<boolean> {
    const isWhole = this.isLossless && from.length === 2 * this.#halfBytes;
    if (!isWhole) return this.#inner === null ? false : this.#inner.decode(from, into, nextTurn);
    into.k.set(from.subarray(0, this.#halfBytes));
    into.v.set(from.subarray(this.#halfBytes));
    return true;
  }
}
