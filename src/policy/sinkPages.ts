/**
 * Whether a query at `position` reads a page under sinks and window: one that covers any of the first
 * `sinkTokens` tokens, or of the last `windowTokens`, its own included.
 */
export function isSinkOrRecent(
  { sinkTokens, windowTokens }: { readonly sinkTokens: number; readonly windowTokens: number },
  blockTokens: number,
  block: number,
  position: number,
): boolean {
  const first = block * blockTokens;
  return first < sinkTokens || first + blockTokens > position + 1 - windowTokens;
}
