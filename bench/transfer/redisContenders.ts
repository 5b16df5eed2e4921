import type { Redis } from 'ioredis';
import { KvError } from '../../src/core/errors.js';
import type { Contender } from '../support/contender.js';
import { type BenchPages, benchHalfBytes } from './benchPages.js';
import type { Family } from './contenderMessages.js';
import { measuredMove } from './measuredMove.js';
import { connectRedis } from './redisServer.js';
import type { TransferSizes } from './transferSizes.js';
import { withDepth } from './withDepth.js';

/** Values of one page each over one connection of ioredis, at every depth. */
export async function redisContenders(
  { over, place, pid }: Extract<Family, { family: 'redis' }>,
  pages: BenchPages,
  { passes, depths }: TransferSizes,
): Promise<Contender[]> {
  const client = connectRedis(place);
  for (let page = 0; page < pages.count; page += 1) await client.set(`get:${page}`, pages.whole(page));
  const count = pages.count * passes;
  const bytes = count * 2 * benchHalfBytes;
  const contender = (what: string, depth: number, work: (index: number) => Promise<void>): Contender => ({
    name: `redis ${over} ${what}, depth ${depth}`,
    round: () => measuredMove(bytes, [pid], () => withDepth(depth, count, work)),
  });
  return depths.flatMap((depth) => [
    contender('get', depth, (index) => get(client, `get:${index % pages.count}`)),
    contender('put', depth, async (index) => {
      await client.set(`put:${index % pages.count}`, pages.whole(index));
    }),
  ]);
}

async function get(client: Redis, key: string): Promise<void> {
  const value = await client.getBuffer(key);
  if (value?.length !== 2 * benchHalfBytes) throw new KvError('internal', `redis has no page ${key}`);
}
