import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TokenChain } from '../../src/client/tokenChain.js';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';

const root = '01'.repeat(32) as BlockKey;

it('has the keys of all whole blocks, however the tokens came and went', () => {
  const moves = fc.array(fc.record({ tokens: fc.array(fc.nat(9), { maxLength: 20 }), back: fc.nat(3) }));
  fc.assert(
    fc.property(moves, (list) => {
      const chain = new TokenChain(root, 4, []);
      let tokens: number[] = [];
      for (const { tokens: more, back } of list) {
        chain.push(more);
        tokens.push(...more);
        const kept = tokens.length - Math.min(back, tokens.length % 4);
        chain.truncate(kept);
        tokens = tokens.slice(0, kept);
        expect(chain.length).toBe(tokens.length);
        expect(chain.keys).toEqual(blockKeysOf(root, tokens, 4));
      }
    }),
  );
});

it('goes back neither into whole blocks nor ahead, and says so', () => {
  const chain = new TokenChain(root, 4, []);
  chain.push([1, 2, 3, 4, 5]);
  expect(() => chain.truncate(3)).toThrow('cannot go back to 3 tokens: the first 4 lie in sealed blocks');
  expect(() => chain.truncate(6)).toThrow('cannot go back to 6 tokens: the session has 5 that were appended');
  expect(chain.length).toBe(5);
});
