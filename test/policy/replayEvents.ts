import { KvError } from '../../src/core/errors.js';
import type { RetentionFactory, RetentionPolicy } from '../../src/policy/policy.js';
import type { PolicyEvent } from '../../src/policy/policyEvent.js';
import { RecordedColumns } from '../../src/policy/recordedColumns.js';

export interface EventReplay {
  /** Calls of `evict`. */
  readonly evictions: number;
  /** Those of them with other victims, or in another order, than were recorded. */
  readonly differing: number;
}

/**
 * Tells fresh policy objects what was recorded, and compares what they evict with what was evicted then. A policy
 * that decides by what it is told alone differs nowhere.
 * @param factoryOf the policy of that name.
 * @throws KvError `invalid` for an event of a policy that was not made.
 */
export function replayEvents(
  events: Iterable<PolicyEvent>,
  factoryOf: (name: string) => RetentionFactory,
): EventReplay {
  const made = new Map<number, { readonly policy: RetentionPolicy; readonly columns: RecordedColumns }>();
  let evictions = 0;
  let differing = 0;
  for (const event of events) {
    if (event.event === 'made') {
      const columns = new RecordedColumns();
      made.set(event.policy, { columns, policy: factoryOf(event.name)(columns, event.capacity) });
      continue;
    }
    const { policy, columns } = made.get(event.policy) ?? unknown(event.policy);
    switch (event.event) {
      case 'insert':
      case 'access':
        columns.write(event.handle, word(event.key.slice(0, 8)), word(event.key.slice(8)), event);
        policy[event.event](event.handle);
        break;
      case 'remove':
        policy.remove(event.handle);
        break;
      case 'resize':
        policy.resize(event.capacity);
        break;
      case 'evict': {
        const guarded = new Set(event.protected);
        const eviction = policy.evict(event.count, (handle) => guarded.has(handle));
        const victims = eviction.kind === 'victims' ? eviction.handles : null;
        evictions += 1;
        if (!isSame(victims, event.victims)) differing += 1;
      }
    }
  }
  return { evictions, differing };
}

const word = (hex: string): number => Number.parseInt(hex, 16);

function unknown(policy: number): never {
  throw new KvError(
    'invalid',
    `policy ${policy} has events but was not made before: the recording lacks its start`,
  );
}

function isSame(one: readonly number[] | null, other: readonly number[] | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((handle, index) => handle === other[index]);
}
