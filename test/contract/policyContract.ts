import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetentionFactory, RetentionPolicy } from '../../src/policy/policy.js';
import { emptyColumns, type WriteBlock, writeKey } from '../policy/policyFixtures.js';

/** A slow and obvious twin, which speaks of keys where the policy speaks of handles. */
export interface PolicyReference {
  /** The key came in; it is not in. */
  insert(key: number): void;
  /** The key was used; it is in. */
  access(key: number): void;
  /** The key left; it is in. */
  remove(key: number): void;
  /** Takes out the next victim; at least one key that is in is not protected. */
  evict(isProtected: (key: number) => boolean): number;
  resize(capacity: number): void;
  /** How many keys that are out are remembered; 0 for a policy without ghosts. */
  ghosts(): number;
}

/** Which keys are protected: these, or all but these. */
interface Guards {
  readonly inverted: boolean;
  readonly keys: readonly number[];
}

type Operation =
  | { readonly kind: 'use'; readonly key: number }
  | { readonly kind: 'remove'; readonly key: number }
  | { readonly kind: 'evict'; readonly count: number; readonly guards: Guards }
  | { readonly kind: 'resize'; readonly capacity: number };

const capacityMax = 24;
const handleStride = 37;
const never = (): boolean => false;

const key = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 40 }));
const capacity = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: capacityMax }));
const nothing: Guards = { inverted: false, keys: [] };
const guards: fc.Arbitrary<Guards> = fc.oneof(
  fc.constant(nothing),
  fc.record({ inverted: fc.boolean(), keys: fc.array(key, { maxLength: 12 }) }),
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('use' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('evict' as const),
      count: fc.integer({ min: 0, max: 4 }),
      guards,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), capacity }) },
);

// Long ones, or ghosts and hands hardly come into play.
const operations = fc.array(operation, { maxLength: 300, size: 'max' });

/** A table as the worker's: blocks under reused handles, of which a policy and its reference are told alike. */
class Twins {
  readonly #columns = emptyColumns(capacityMax * handleStride);
  readonly #policy: RetentionPolicy;
  readonly #reference: PolicyReference;
  readonly #write: WriteBlock;
  readonly #handles = new Map<number, number>();
  /** Far apart, so that the arrays of the policy have to grow. */
  readonly #free = Array.from({ length: capacityMax }, (_, at) => handleStride * at);
  #capacity: number;

  constructor(
    create: RetentionFactory,
    createReference: (capacity: number) => PolicyReference,
    size: number,
    write: WriteBlock,
  ) {
    this.#write = write;
    this.#policy = create(this.#columns, size);
    this.#reference = createReference(size);
    this.#capacity = size;
  }

  run(step: Operation): void {
    if (step.kind === 'use') this.#use(step.key);
    else if (step.kind === 'evict') this.#evict(step.count, step.guards);
    else if (step.kind === 'remove') this.#remove(step.key);
    else {
      this.#capacity = step.capacity;
      this.#policy.resize(step.capacity);
      this.#reference.resize(step.capacity);
    }
    if ('ghostCount' in this.#policy) expect(this.#policy.ghostCount).toBe(this.#reference.ghosts());
    else expect(this.#reference.ghosts()).toBe(0);
  }

  /** Evicts one by one until nothing is in. */
  drain(): void {
    while (this.#handles.size > 0) this.#evict(1, nothing);
    expect(this.#policy.evict(1, never)).toEqual({ kind: 'none' });
  }

  #evict(count: number, { inverted, keys }: Guards): void {
    const isProtected = (one: number) => keys.includes(one) !== inverted;
    const allowed = [...this.#handles].filter(([one]) => !isProtected(one));
    const allowedHandles = new Set(allowed.map(([, handle]) => handle));
    const eviction = this.#policy.evict(count, (handle) => !allowedHandles.has(handle));
    if (allowed.length < count) {
      expect(eviction).toEqual({ kind: 'none' });
      return;
    }
    const victims = Array.from({ length: count }, () => this.#reference.evict(isProtected));
    expect(eviction).toEqual({ kind: 'victims', handles: victims.map((one) => this.#handles.get(one)) });
    for (const one of victims) this.#drop(one);
  }

  #use(one: number): void {
    const handle = this.#handles.get(one);
    if (handle !== undefined) {
      this.#write(this.#columns, handle, one);
      this.#policy.access(handle);
      this.#reference.access(one);
      return;
    }
    const surplus = this.#handles.size + 1 - this.#capacity;
    if (surplus > 0) this.#evict(surplus, nothing);
    const taken = this.#free.pop();
    if (taken === undefined) throw new Error('no handle is free');
    writeKey(this.#columns, taken, one);
    this.#write(this.#columns, taken, one);
    this.#handles.set(one, taken);
    this.#policy.insert(taken);
    this.#reference.insert(one);
  }

  #remove(one: number): void {
    const handle = this.#handles.get(one);
    if (handle === undefined) return;
    this.#policy.remove(handle);
    this.#reference.remove(one);
    this.#drop(one);
  }

  #drop(one: number): void {
    this.#free.push(this.#handles.get(one)!);
    this.#handles.delete(one);
  }
}

/**
 * What every policy must do, whatever it prefers, and that it prefers what its reference does.
 * @param createWriter of what else columns tell of a block, before the policy is told
 */
export function policyContract(
  name: string,
  create: RetentionFactory,
  createReference: (capacity: number) => PolicyReference,
  createWriter: () => WriteBlock = () => () => {},
): void {
  describe(`policy contract: ${name}`, () => {
    it('chooses as its reference does, exactly as many as asked or none', () => {
      fc.assert(
        fc.property(capacity, operations, (size, steps) => {
          const twins = new Twins(create, createReference, size, createWriter());
          for (const step of steps) twins.run(step);
          twins.drain();
        }),
      );
    });

    it('changes nothing when too few may go', () => {
      const policy = create(emptyColumns(8), 8);
      for (const inserted of [4, 2, 7]) policy.insert(inserted);
      expect(policy.evict(4, never)).toEqual({ kind: 'none' });
      expect(policy.evict(2, (victim) => victim !== 2)).toEqual({ kind: 'none' });
      expect(policy.evict(1, () => true)).toEqual({ kind: 'none' });
      const left = [1, 2, 3].map(() => policy.evict(1, never));
      expect(left.flatMap((one) => (one.kind === 'victims' ? one.handles : [])).toSorted()).toEqual([
        2, 4, 7,
      ]);
    });

    it('gives no victims for a count of zero', () => {
      const policy = create(emptyColumns(2), 2);
      policy.insert(1);
      expect(policy.evict(0, never)).toEqual({ kind: 'victims', handles: [] });
    });
  });
}
