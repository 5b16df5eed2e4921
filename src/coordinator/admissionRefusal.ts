import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import type { Shortfall } from './liveLedger.js';

/** Why a sequence was not admitted; the value of `admission` in the error's context, and a label of metrics. */
export type RefusalCause = 'never' | 'noWait' | 'queue' | 'wait' | 'growth';

/** Tokens that a sequence may grow to, and the room that there is not. */
export interface Refused<Short> {
  readonly tokens: number;
  readonly short: Short;
  readonly pageBytes: number;
}

/** More than the cluster could hold with nothing else in it: waiting is of no use. */
export function neverFits({ tokens, short, pageBytes }: Refused<Shortfall>): KvError {
  const { neededPages, budgetPages } = short;
  return new KvError(
    'exhausted',
    `a sequence of up to ${tokens} tokens needs ${roomOf(short, pageBytes)}: ask for fewer tokens, or give that ` +
      'stage more memory (--disk-bytes, --pinned-bytes, --device-bytes) or workers',
    {
      context: {
        admission: 'never' satisfies RefusalCause,
        stage: short.room.stage,
        neededBytes: neededPages * pageBytes,
        budgetBytes: budgetPages * pageBytes,
      },
    },
  );
}

/** There is no room beside the sequences that live now, or others wait longer for it; null where it is that. */
export function noRoomNow(
  cause: Exclude<RefusalCause, 'never'>,
  { tokens, short, pageBytes }: Refused<Shortfall | null>,
  { waiting, retryAfterMs }: { readonly waiting: number; readonly retryAfterMs: number },
): KvError {
  const what =
    short === null
      ? `room for a sequence of up to ${tokens} tokens is there, and others wait longer for it`
      : `with a sequence of up to ${tokens} tokens the cluster needs ${roomOf(short, pageBytes)}`;
  const bytes = short !== null && {
    stage: short.room.stage,
    neededBytes: short.neededPages * pageBytes,
    budgetBytes: short.budgetPages * pageBytes,
  };
  return new KvError('exhausted', `${what}; ${waiting} wait for room: end a sequence or try again later`, {
    context: { admission: cause, ...bytes, waiting, retryAfterMs },
  });
}

/** As many wait as may. */
export function queueIsFull(
  { of, most }: { readonly of: 'all' | 'tenant'; readonly most: number },
  retryAfterMs: number,
): KvError {
  const who = of === 'all' ? `${most} sequences wait` : `${most} sequences of this tenant wait`;
  return new KvError('exhausted', `${who} for room already, and no more may: try again later`, {
    context: { admission: 'queue' satisfies RefusalCause, waiting: most, retryAfterMs },
  });
}

function roomOf({ room, neededPages, budgetPages, of }: Shortfall, pageBytes: number): string {
  const bytes = (pages: number) => `${formatByteSize(pages * pageBytes)} (${pages * pageBytes} bytes)`;
  const stage = `stage ${room.stage} (layers ${room.from} to ${room.to - 1})`;
  const [needed, budget] = [bytes(neededPages), bytes(budgetPages)];
  if (of === 'stage') return `${needed} of live KV in ${stage}, whose workers hold ${budget}`;
  if (of === 'lead') return `${needed} of live KV on the worker that leads ${stage}, which holds ${budget}`;
  return `${needed} of growing pages in ${stage}, and the device of the worker that leads it has ${budget} for them`;
}
