/** Tokens `[position, end)`, all in one block. */
export interface Chunk {
  readonly position: number;
  readonly end: number;
}

/** Cuts the tokens from `position` to `end` at block edges: a step never crosses one. */
export function* prefillChunks(position: number, end: number, blockTokens: number): Generator<Chunk> {
  for (let at = position; at < end; ) {
    const next = Math.min(end, (Math.floor(at / blockTokens) + 1) * blockTokens);
    yield { position: at, end: next };
    at = next;
  }
}
