import type { Round } from '../support/contender.js';

/** What every row of decoding says, in these words. */
export function tokenFigures(context: number, msPerToken: number): Round {
  return { context, tokensPerSecond: 1000 / msPerToken, msPerToken };
}
