import { expect, it } from 'vitest';
import { SequenceNews } from '../../src/client/sequenceNews.js';
import type { SequenceState } from '../../src/client/sequences.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { sequenceId } from '../../src/core/plan.js';

const keys = (count: number) => Array.from({ length: count }, (_, at) => `key ${at}` as BlockKey);
const state = {} as SequenceState; // nobody looks at it
const options = { toldBlocks: 2, keysMax: 3, blockTokens: 4 };

function newsWith(calls: string[], fail = false) {
  const sequences = {
    extend: async (_: unknown, blocks: readonly BlockKey[], tokens: number) => {
      calls.push(`extend ${blocks.join(', ')} to ${tokens}`);
      if (fail) throw new KvError('unavailable', 'away');
      return state;
    },
    truncate: async (_: unknown, tokens: number) => {
      calls.push(`truncate to ${tokens}`);
      return state;
    },
  };
  return new SequenceNews(sequences, sequenceId('s'), options);
}

it('tells each block once, in bounded messages, and what gathers while one is under way together', async () => {
  const calls: string[] = [];
  const news = newsWith(calls);
  news.sealed(keys(2), 8);
  news.sealed(keys(3), 12);
  news.sealed(keys(4), 16);
  news.sealed(keys(8), 32);
  await news.settle();
  expect(calls).toEqual([
    'extend key 2 to 12',
    'extend key 3, key 4, key 5 to 32',
    'extend key 6, key 7 to 32',
  ]);
});

it('takes back what was told where the sequence was cut before its end', async () => {
  const calls: string[] = [];
  const news = newsWith(calls);
  news.truncated(2);
  news.truncated(1);
  await news.settle();
  news.sealed(keys(2), 8);
  await news.settle();
  expect(calls).toEqual(['truncate to 4', 'extend key 1 to 8']);
});

it('keeps why it could not tell, and tells no more', async () => {
  const calls: string[] = [];
  const news = newsWith(calls, true);
  news.sealed(keys(3), 12);
  await news.settle();
  news.sealed(keys(4), 16);
  news.truncated(0);
  await news.settle();
  expect(calls).toHaveLength(1);
  expect(news.error?.message).toBe('away');
});
