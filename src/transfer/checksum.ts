import { xxh64 } from '@node-rs/xxhash';
import type { PageView } from '../core/pageView.js';

/** xxh64 over K, then over V with the first as its seed. Computed once, when a page is sealed. */
export function pageChecksum(view: PageView): bigint {
  return xxh64(view.v, xxh64(view.k));
}
