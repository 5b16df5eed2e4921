import type { PolicyKind } from '../core/policyKind.js';
import type { TierName } from '../core/tierName.js';

/** The policy of one tier. */
export interface TierPolicyFigures {
  readonly tier: TierName;
  readonly kind: PolicyKind;
  readonly name: string;
  /** How often a policy failed here and another one went on. */
  readonly failures: number;
}
