import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import type { StackFull } from '../tiers/tierStack.js';

/** A growing page found no slot. */
export function noTailRoom({ tier, neededBytes, budgetBytes }: StackFull): KvError {
  return new KvError(
    'exhausted',
    `no room for a growing page: the ${tier} tier needs ${formatByteSize(neededBytes)} more than its budget of ` +
      `${formatByteSize(budgetBytes)} leaves beside the sequences in use; raise --${tier}-bytes or end a sequence`,
    { context: { tier, neededBytes, budgetBytes } },
  );
}
