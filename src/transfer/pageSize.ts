import { KvError } from '../core/errors.js';
import type { PageView } from '../core/pageView.js';
import type { LaneLink } from './laneLink.js';

/** @param halfBytes bytes of K, and of V. @throws KvError `invalid` when the other side has other pages. */
export function checkPageBytes({ peer, welcome }: LaneLink, halfBytes: number): void {
  const { pageBytes } = welcome;
  if (pageBytes === 2 * halfBytes) return;
  throw new KvError('invalid', `${peer} has pages of ${pageBytes} bytes; they are ${2 * halfBytes} here`);
}

/** What a call is answered whose view is no page, or null. */
export function wrongSize(
  { k, v }: PageView,
  halfBytes: number,
): { readonly kind: 'unavailable'; readonly cause: KvError } | null {
  if (k.length === halfBytes && v.length === halfBytes) return null;
  const cause = new KvError(
    'invalid',
    `a page has parts of ${halfBytes} bytes here, not ${k.length} and ${v.length}`,
  );
  return { kind: 'unavailable', cause };
}
