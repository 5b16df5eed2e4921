import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Member } from './member.js';
import type { Membership } from './membership.js';
import type { StageHolders } from './prefixIndex.js';
import { usedOf } from './stagePlans.js';

/** What the cluster serves: its model and, for each stage, the workers that are ready. */
export interface Serving {
  readonly members: readonly (readonly Member[])[];
  readonly stages: readonly StageHolders[];
  readonly geometry: Geometry;
  readonly namespace: NamespaceId;
  /** The longest context; null without a bound. */
  readonly maxTokens: number | null;
}

/** @throws KvError `unavailable` while a stage is missing, `invalid` for another model's namespace. */
export function servingOf(membership: Membership, namespace: string): Serving {
  const { model, identity } = membership;
  const members = membership.ready();
  if (members === null || model === null || identity === null) {
    throw new KvError('unavailable', `the cluster is not ready: it waits for ${membership.waitingFor()}`);
  }
  if (identity.namespace !== namespace) {
    throw new KvError('invalid', `namespace "${namespace}" is of another model than the cluster serves`);
  }
  const stages = members.map((some) => {
    const ids = usedOf(some).map(({ worker }) => worker);
    // At least one is ready.
    return { workers: ids, layers: some[0]!.layers };
  });
  const { geometry } = model;
  return { members, stages, geometry, namespace: identity.namespace, maxTokens: longestContext(members) };
}

/** The longest context that all of the workers serve; null where none of them names one. */
export function longestContext(members: readonly (readonly Member[])[]): number | null {
  const bounds = members.flat().flatMap(({ maxTokens }) => maxTokens ?? []);
  return bounds.length === 0 ? null : Math.min(...bounds);
}
