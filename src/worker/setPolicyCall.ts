import { KvError } from '../core/errors.js';
import { policyKinds } from '../core/policyKind.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { RetentionPolicy } from '../policy/policy.js';
import { isPolicyPath } from '../policy/policyPath.js';
import type { SetPolicyRequest__Output } from '../rpc/gen/kvtide/v1/SetPolicyRequest.js';
import type { SetPolicyResponse } from '../rpc/gen/kvtide/v1/SetPolicyResponse.js';
import type { TierStack } from '../tiers/tierStack.js';

/** @param given a path as the caller wrote it. */
export type LoadPolicy = (given: string) => Promise<NamedPolicy<RetentionPolicy>>;

/**
 * @param load loads a retention policy of the user's from a file.
 * @throws KvError `invalid` for a kind or a name that is none; what `load` throws.
 */
export async function setPolicy(
  stack: Pick<TierStack, 'policies' | 'setPolicy'>,
  { kind: given, name }: SetPolicyRequest__Output,
  load: LoadPolicy,
): Promise<SetPolicyResponse> {
  const kind = policyKinds.find((known) => known === given);
  if (kind === undefined)
    throw new KvError('invalid', `"${given}" is no kind of policy; there are ${policyKinds.join(', ')}`);
  const isFile = kind === 'retention' && isPolicyPath(name);
  await stack.setPolicy(kind, isFile ? await load(name) : name);
  return { policies: stack.policies().map((policy) => ({ ...policy })) };
}
