/** Pages that a share of `pages` comes to: not more than the share, but at least one where there is any. */
export function pagesOfShare(share: number, pages: number): number {
  // A share such as 0.1 is a little more or less than it says.
  return Math.min(pages, Math.max(1, Math.floor(share * pages + 1e-9)));
}
