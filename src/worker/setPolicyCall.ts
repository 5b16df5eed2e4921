import { KvError } from '../core/errors.js';
import { policyKinds } from '../core/policyKind.js';
import type { SetPolicyRequest__Output } from '../rpc/gen/kvtide/v1/SetPolicyRequest.js';
import type { SetPolicyResponse } from '../rpc/gen/kvtide/v1/SetPolicyResponse.js';
import type { TierStack } from '../tiers/tierStack.js';

/** @throws KvError `invalid` for a kind or a name that is none. */
export async function setPolicy(
  stack: Pick<TierStack, 'policies' | 'setPolicy'>,
  { kind: given, name }: SetPolicyRequest__Output,
): Promise<SetPolicyResponse> {
  const kind = policyKinds.find((known) => known === given);
  if (kind === undefined)
    throw new KvError('invalid', `"${given}" is no kind of policy; there are ${policyKinds.join(', ')}`);
  await stack.setPolicy(kind, name);
  return { policies: stack.policies().map((policy) => ({ ...policy })) };
}
