import { KvError } from '../core/errors.js';
import { HandleList } from '../policy/handleList.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { Eviction, RetentionPolicy } from '../policy/policy.js';
import { PolicyHandover } from './policyHandover.js';
import type { TierColumns } from './tierColumns.js';

/** Handles that a policy which is to take over is given at each call of the one before it. */
const handedPerCall = 4;

/** A policy failed, and another one goes on with what is in. */
export interface PolicyFailure {
  readonly policy: string;
  readonly next: string;
  readonly error: KvError;
}

export interface LivePolicyParts<P> {
  readonly columns: TierColumns;
  readonly capacity: number;
  readonly policy: NamedPolicy<P>;
  /** What goes on when nothing else is left; it is one of our own. */
  readonly last: NamedPolicy<P>;
  /** Tells the policy of a handle that is in. */
  readonly introduce: (policy: P, handle: number) => void;
  readonly failed: (failure: PolicyFailure) => void;
}

/**
 * The policy of one tier, which can change while the tier is in use: the next one is given what is in, a few
 * handles at a time and the longest unused first, and then takes over. One that throws is never asked again: the
 * one before it goes on with what is in. Nothing is dropped by either.
 */
export class LivePolicy<P extends RetentionPolicy> {
  readonly #parts: LivePolicyParts<P>;
  /** What is in, the longest unused first. */
  readonly #used = new HandleList();
  readonly #handover: PolicyHandover<P>;
  #capacity: number;
  #named: NamedPolicy<P>;
  #policy: P;
  #before: NamedPolicy<P>;

  constructor(parts: LivePolicyParts<P>) {
    this.#parts = parts;
    this.#capacity = parts.capacity;
    this.#named = parts.policy;
    this.#before = parts.last;
    this.#handover = new PolicyHandover(this.#used, parts.introduce, (named, thrown) =>
      parts.failed({ policy: named.name, next: this.#named.name, error: KvError.from(thrown) }),
    );
    this.#policy = this.#made(parts.policy);
  }

  get name(): string {
    return this.#named.name;
  }

  has(handle: number): boolean {
    return this.#used.has(handle);
  }

  /** What is in, the longest unused first, until `visit` says that it has enough. */
  visitUnused(visit: (handle: number) => 'more' | 'enough'): void {
    let handle = this.#used.first;
    while (handle >= 0 && visit(handle) === 'more') handle = this.#used.after(handle);
  }

  insert(handle: number): void {
    this.#parts.columns.write(handle);
    this.#used.pushBack(handle);
    this.#handover.came(handle);
    this.#tell((policy) => this.#parts.introduce(policy, handle), false);
    this.#step();
  }

  access(handle: number): void {
    this.#parts.columns.write(handle);
    this.#handover.moves(handle);
    this.#used.pushBack(handle);
    this.#tell((policy) => policy.access(handle), false);
    this.#handover.access(handle);
    this.#step();
  }

  remove(handle: number): void {
    this.#takeOut(handle);
    this.#tell((policy) => policy.remove(handle), false);
    this.#step();
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const eviction = this.ask((policy) => policy.evict(count, isProtected));
    if (eviction.kind === 'victims') for (const handle of eviction.handles) this.#takeOut(handle);
    this.#step();
    return eviction;
  }

  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    this.#capacity = capacity;
    this.#tell((policy) => policy.resize(capacity), false);
    this.#handover.tell((policy) => policy.resize(capacity));
  }

  /** Asks the policy; one that throws is replaced, and the other asked. */
  ask<T>(question: (policy: P) => T): T {
    for (;;) {
      try {
        return question(this.#policy);
      } catch (thrown) {
        if (this.#named === this.#parts.last) throw thrown;
        this.#fail(thrown);
      }
    }
  }

  /** Tells the policy, and the next one if it knows the handle, of something that is in. */
  tell(handle: number, what: (policy: P) => void): void {
    this.#tell(what, true);
    this.#handover.tellOf(handle, what);
  }

  /** @throws whatever the making of the policy throws; the one before goes on. */
  switchTo(named: NamedPolicy<P>): void {
    const next = named.make(this.#parts.columns.columns, this.#capacity);
    this.#handover.begin(named, next);
  }

  /** Gives the next policy up to `handles` of what is in. @returns whether no switch is under way any more. */
  continueSwitch(handles: number): boolean {
    const end = this.#handover.give(handles);
    if (end === null) return !this.#handover.isUnderWay;
    this.#before = this.#named;
    this.#named = end.named;
    this.#policy = end.policy;
    return true;
  }

  #step(): void {
    if (this.#handover.isUnderWay) this.continueSwitch(handedPerCall);
  }

  #takeOut(handle: number): void {
    this.#handover.leaves(handle);
    this.#used.remove(handle);
    this.#handover.remove(handle);
  }

  /** @param again whether the policy that goes on must be told too: it knows only what is in. */
  #tell(what: (policy: P) => void, again: boolean): void {
    try {
      what(this.#policy);
    } catch (thrown) {
      this.#fail(thrown);
      if (again) what(this.#policy);
    }
  }

  /** The policy is given up: the one before it is made anew and told of what is in now. */
  #fail(thrown: unknown): void {
    const failed = this.#named;
    const { introduce, last } = this.#parts;
    for (const named of [this.#before, last]) {
      if (named === failed) continue;
      try {
        const policy = named.make(this.#parts.columns.columns, this.#capacity);
        for (let handle = this.#used.first; handle >= 0; handle = this.#used.after(handle))
          introduce(policy, handle);
        this.#named = named;
        this.#policy = policy;
        this.#before = last;
        this.#parts.failed({ policy: failed.name, next: named.name, error: KvError.from(thrown) });
        return;
      } catch (again) {
        if (named === last) throw again;
      }
    }
    throw thrown;
  }

  #made(named: NamedPolicy<P>): P {
    const { columns, failed, last } = this.#parts;
    try {
      return named.make(columns.columns, this.#capacity);
    } catch (thrown) {
      if (named === last) throw thrown;
      failed({ policy: named.name, next: last.name, error: KvError.from(thrown) });
      this.#named = last;
      return last.make(columns.columns, this.#capacity);
    }
  }
}
