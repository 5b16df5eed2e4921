import type { NamedPolicy } from './namedPolicy.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';
import { handleState, type PolicyEvent } from './policyEvent.js';

/** The same policy; each call of every object that it makes is told before or as it is answered. */
export function recordedRetention(
  { name, make }: NamedPolicy<RetentionPolicy>,
  tier: string,
  number: () => number,
  tell: (event: PolicyEvent) => void,
): NamedPolicy<RetentionPolicy> {
  return {
    name,
    make: (columns, capacity) => {
      const policy = number();
      tell({ event: 'made', policy, tier, name, capacity });
      return new RecordedRetention(make(columns, capacity), columns, policy, tell);
    },
  };
}

class RecordedRetention implements RetentionPolicy {
  readonly #policy: RetentionPolicy;
  readonly #columns: PolicyColumns;
  readonly #number: number;
  readonly #tell: (event: PolicyEvent) => void;

  constructor(
    policy: RetentionPolicy,
    columns: PolicyColumns,
    number: number,
    tell: (event: PolicyEvent) => void,
  ) {
    this.#policy = policy;
    this.#columns = columns;
    this.#number = number;
    this.#tell = tell;
  }

  insert(handle: number): void {
    this.#tellOf('insert', handle);
    this.#policy.insert(handle);
  }

  access(handle: number): void {
    this.#tellOf('access', handle);
    this.#policy.access(handle);
  }

  remove(handle: number): void {
    this.#tell({ event: 'remove', policy: this.#number, handle });
    this.#policy.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const asked = new Set<number>();
    const eviction = this.#policy.evict(count, (handle) => {
      const answer = isProtected(handle);
      if (answer) asked.add(handle);
      return answer;
    });
    const victims = eviction.kind === 'victims' ? eviction.handles : null;
    this.#tell({ event: 'evict', policy: this.#number, count, protected: [...asked], victims });
    return eviction;
  }

  resize(capacity: number): void {
    this.#tell({ event: 'resize', policy: this.#number, capacity });
    this.#policy.resize(capacity);
  }

  #tellOf(event: 'insert' | 'access', handle: number): void {
    this.#tell({ event, policy: this.#number, handle, ...handleState(this.#columns, handle) });
  }
}
