import { promisify } from 'node:util';
import { ChannelCredentials } from '@grpc/grpc-js';
import { KvError } from '../../src/core/errors.js';
import type { Contender } from '../support/contender.js';
import { type BenchPages, benchHalfBytes } from './benchPages.js';
import type { Family } from './contenderMessages.js';
import { measuredMove } from './measuredMove.js';
import type { TransferSizes } from './transferSizes.js';
import { unaryService } from './unaryService.js';
import { withDepth } from './withDepth.js';

interface Calls {
  get(request: { key: string }): Promise<{ bytes: Buffer }>;
  put(request: { key: string; bytes: Buffer }): Promise<object>;
}

/** A page a unary call, everything at its default, at every depth. */
export async function unaryContenders(
  { port, pid }: Extract<Family, { family: 'unary' }>,
  pages: BenchPages,
  { passes, depths }: TransferSizes,
): Promise<Contender[]> {
  const client = new (unaryService())(`127.0.0.1:${port}`, ChannelCredentials.createInsecure());
  const call = <Q, R>(name: string): ((request: Q) => Promise<R>) =>
    promisify(
      (client[name] as (request: Q, done: (error: Error | null, answer: R) => void) => void).bind(client),
    );
  const calls: Calls = { get: call('get'), put: call('put') };
  for (let page = 0; page < pages.count; page += 1) {
    await calls.put({ key: `get:${page}`, bytes: pages.whole(page) });
  }
  const count = pages.count * passes;
  const contender = (what: string, depth: number, work: (index: number) => Promise<void>): Contender => ({
    name: `gRPC unary ${what}, depth ${depth}`,
    round: () => measuredMove(count * 2 * benchHalfBytes, [pid], () => withDepth(depth, count, work)),
  });
  return depths.flatMap((depth) => [
    contender('get', depth, async (index) => {
      const { bytes } = await calls.get({ key: `get:${index % pages.count}` });
      if (bytes.length !== 2 * benchHalfBytes) throw new KvError('internal', 'the store has lost a page');
    }),
    contender('put', depth, async (index) => {
      await calls.put({ key: `put:${index % pages.count}`, bytes: pages.whole(index) });
    }),
  ]);
}
