import { type Geometry, halfPageBytes, pageBytes } from '../core/geometry.js';
import type { PageView } from '../core/pageView.js';

/** The same bytes, whatever they are seen as. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  if (view instanceof Uint8Array) return view;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Buffers for one page, K and V next to each other, not yet written. */
export function newPageView(geometry: Geometry): PageView {
  const { buffer } = Buffer.allocUnsafeSlow(pageBytes(geometry)); // zeros would be written over at once
  const halfBytes = halfPageBytes(geometry);
  return { k: new Uint8Array(buffer, 0, halfBytes), v: new Uint8Array(buffer, halfBytes, halfBytes) };
}
