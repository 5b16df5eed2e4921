import { KvError } from '../core/errors.js';
import type { Opened, Opened__Output } from '../rpc/gen/kvtide/v1/Opened.js';
import { weighedLengthsMax } from '../transfer/lengthsToWeigh.js';
import type { PrefixCosts } from '../transfer/prefixCosts.js';

/** What a stage and all after it say to a seek. */
export interface PrefixAnswer {
  readonly usable: number;
  /**
   * `untold` where they have decided for themselves what is worth loading, or have less than was asked for;
   * `unmeasured` where all that is there is to be used.
   */
  readonly costs: PrefixCosts | 'unmeasured' | 'untold';
}

export function openedOf({ usable, costs }: PrefixAnswer): Opened {
  if (costs === 'untold') return { usableBlocks: usable };
  if (costs === 'unmeasured') return { usableBlocks: usable, costs: { lengths: [] } };
  const { lengths, loadMs, recomputeMsPerBlock } = costs;
  return {
    usableBlocks: usable,
    costs: { lengths: Array.from(lengths), loadMs: Array.from(loadMs), recomputeMsPerBlock },
  };
}

/** @throws KvError `internal` for figures that do not belong together, or are too many. */
export function prefixAnswerFrom({ usableBlocks: usable, costs }: Opened__Output): PrefixAnswer {
  if (costs === null) return { usable, costs: 'untold' };
  const { lengths, loadMs } = costs;
  if (lengths.length === 0) return { usable, costs: 'unmeasured' };
  const isSound =
    lengths.length === loadMs.length &&
    lengths.length <= weighedLengthsMax &&
    lengths.at(-1) === usable &&
    lengths.every((length, at) => at === 0 || lengths[at - 1]! < length);
  if (!isSound) {
    const what = `the next stage told what ${lengths.length} lengths of ${usable} blocks take, with ${loadMs.length} figures`;
    throw new KvError('internal', `${what}; update the workers`);
  }
  return { usable, costs };
}
