import type { HandleList } from '../policy/handleList.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { RetentionPolicy } from '../policy/policy.js';
import { grown, uint8Column } from './grown.js';

interface Next<P> {
  readonly named: NamedPolicy<P>;
  readonly policy: P;
}

/**
 * Gives a policy that is to take over what is in, the longest unused first, while the list goes on changing: what
 * is used meanwhile moves to the back and is given later, also if it was given before.
 */
export class PolicyHandover<P extends RetentionPolicy> {
  readonly #used: HandleList;
  readonly #introduce: (policy: P, handle: number) => void;
  readonly #failed: (named: NamedPolicy<P>, thrown: unknown) => void;
  #next: Next<P> | null = null;
  /** 1 for a handle that the next policy knows. */
  #isGiven = new Uint8Array(0);
  /** The first of those that were not looked at yet. */
  #cursor = -1;

  constructor(
    used: HandleList,
    introduce: (policy: P, handle: number) => void,
    failed: (named: NamedPolicy<P>, thrown: unknown) => void,
  ) {
    this.#used = used;
    this.#introduce = introduce;
    this.#failed = failed;
  }

  get isUnderWay(): boolean {
    return this.#next !== null;
  }

  /** One that is under way ends here; its policy is forgotten. */
  begin(named: NamedPolicy<P>, policy: P): void {
    this.#next = { named, policy };
    this.#isGiven = new Uint8Array(256);
    this.#cursor = this.#used.first;
  }

  /** @returns the policy that now knows all that is in and takes over, or null. */
  give(handles: number): Next<P> | null {
    for (let left = handles; left > 0 && this.#next !== null && this.#cursor >= 0; left -= 1) {
      const handle = this.#cursor;
      this.#cursor = this.#used.after(handle);
      if (this.#knows(handle)) continue;
      this.#isGiven = grown(this.#isGiven, handle, uint8Column);
      this.#isGiven[handle] = 1;
      this.tell((policy) => this.#introduce(policy, handle));
    }
    if (this.#next === null || this.#cursor >= 0) return null;
    const next = this.#next;
    this.#end();
    return next;
  }

  /** The handle was put at the back of the list. */
  came(handle: number): void {
    if (this.#next !== null && this.#cursor < 0) this.#cursor = handle;
  }

  /** The handle is about to go to the back of the list. */
  moves(handle: number): void {
    if (this.#cursor !== handle) return;
    const behind = this.#used.after(handle);
    if (behind >= 0) this.#cursor = behind;
  }

  /** The handle is about to leave the list. */
  leaves(handle: number): void {
    if (this.#cursor === handle) this.#cursor = this.#used.after(handle);
  }

  /** It was given too early: it is used later than those that are not given yet. */
  access(handle: number): void {
    this.remove(handle);
    this.came(handle);
  }

  remove(handle: number): void {
    if (!this.#knows(handle)) return;
    this.#isGiven[handle] = 0;
    this.tell((policy) => policy.remove(handle));
  }

  tellOf(handle: number, what: (policy: P) => void): void {
    if (this.#knows(handle)) this.tell(what);
  }

  /** A policy that throws does not take over. */
  tell(what: (policy: P) => void): void {
    if (this.#next === null) return;
    const { named, policy } = this.#next;
    try {
      what(policy);
    } catch (thrown) {
      this.#end();
      this.#failed(named, thrown);
    }
  }

  #knows(handle: number): boolean {
    return this.#next !== null && this.#isGiven[handle] === 1;
  }

  #end(): void {
    this.#next = null;
    this.#cursor = -1;
    this.#isGiven = new Uint8Array(0);
  }
}
