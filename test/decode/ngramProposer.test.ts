import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  draftTokensMax,
  NgramProposer,
  ngramTokensMax,
  ngramTokensMin,
} from '../../src/decode/ngramProposer.js';

/** What the proposer promises, looked up from the end of the text: the longest run, then the latest place. */
function reference(tokens: readonly number[], most: number): number[] {
  for (let length = ngramTokensMax; length >= ngramTokensMin; length -= 1) {
    const run = tokens.slice(-length);
    if (run.length < length) continue;
    for (let place = tokens.length - 1; place >= length; place -= 1) {
      if (run.some((token, at) => tokens[place - length + at] !== token)) continue;
      const all = [...tokens];
      while (all.length - tokens.length < Math.min(most, draftTokensMax)) {
        all.push(all[place + all.length - tokens.length]!);
      }
      return all.slice(tokens.length);
    }
  }
  return [];
}

describe('NgramProposer', () => {
  it('proposes what followed the longest run of last tokens at its latest place', () => {
    const text = fc.array(fc.nat(3), { maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(text, fc.nat(12), (tokens, most) => {
        expect(new NgramProposer(tokens).propose(most)).toEqual(reference(tokens, most));
      }),
      { numRuns: 300 },
    );
  });

  it('proposes the same whether it watched the text grow or sees it first when it is whole', () => {
    const text = fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 9 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(text, (pieces) => {
        const grown: number[] = [];
        const watching = new NgramProposer(grown);
        for (const piece of pieces) {
          grown.push(...piece);
          expect(watching.propose(draftTokensMax)).toEqual(
            new NgramProposer([...grown]).propose(draftTokensMax),
          );
        }
      }),
    );
  });

  it('goes on with what it proposed itself where a text repeats in short', () => {
    expect(new NgramProposer([9, 1, 2, 1, 2]).propose(8)).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
    expect(new NgramProposer([7, 7, 7]).propose(3)).toEqual([7, 7, 7]);
  });

  it('proposes nothing after new tokens, and never more than its bound', () => {
    expect(new NgramProposer([]).propose(8)).toEqual([]);
    expect(new NgramProposer([1, 2, 3]).propose(8)).toEqual([]);
    expect(new NgramProposer([1, 2, 1, 2]).propose(1000)).toHaveLength(draftTokensMax);
    expect(new NgramProposer([1, 2, 1, 2]).propose(0)).toEqual([]);
  });

  it('never takes another run for the one it looks for, however many there are', () => {
    // So many different runs that places are shared; each token is followed by a new one.
    const tokens = Array.from({ length: 200_000 }, (_, at) => at);
    expect(new NgramProposer([...tokens, 200_001]).propose(8)).toEqual([]);
    expect(new NgramProposer([...tokens, 199_989, 199_990]).propose(2)).toEqual([199_991, 199_992]);
  });
});
