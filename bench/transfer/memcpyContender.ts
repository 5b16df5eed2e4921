import type { Contender } from '../support/contender.js';
import { type BenchPages, benchHalfBytes, pageRing } from './benchPages.js';
import { measuredMove } from './measuredMove.js';
import type { TransferSizes } from './transferSizes.js';

/** The bound: a copy within one process. */
export function memcpyContender(pages: BenchPages, { passes }: TransferSizes): Contender {
  const into = pageRing(4);
  const count = pages.count * passes;
  return {
    name: 'memcpy',
    round: () =>
      measuredMove(count * 2 * benchHalfBytes, [], async () => {
        for (let page = 0; page < count; page += 1) into().set(pages.whole(page));
      }),
  };
}
