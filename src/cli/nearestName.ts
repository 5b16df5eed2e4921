import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "x"?` when one of `names` is near enough to be a slip of the hand, else nothing. */
export function didYouMean(given: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const nearest = closest(given, names);
  const isNear = distance(given, nearest) <= Math.max(2, Math.floor(nearest.length / 3));
  return isNear ? `; did you mean "${nearest}"?` : '';
}
