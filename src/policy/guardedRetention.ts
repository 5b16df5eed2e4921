import { KvError } from '../core/errors.js';
import type { Eviction, RetentionFactory, RetentionPolicy } from './policy.js';

const methods = ['insert', 'access', 'remove', 'evict', 'resize'] as const;
type Method = (typeof methods)[number];
const firstHandles = 256;

/**
 * A policy that is not ours, with every call watched: what it throws, and victims that it may not give, end in
 * a KvError `invalid` that names the policy and the call. After that the policy is not to be used again.
 * @param name how the policy is called in messages.
 */
export function guardedRetention(name: string, factory: RetentionFactory): RetentionFactory {
  return (columns, capacity) => {
    const fail = (what: string, cause?: unknown): KvError =>
      new KvError('invalid', `policy ${name}: ${what}`, cause === undefined ? {} : { cause });
    let policy: RetentionPolicy;
    try {
      policy = factory(columns, capacity);
    } catch (thrown) {
      throw fail(`its factory threw: ${KvError.from(thrown).message}`, thrown);
    }
    const lacks = methods.find((method) => typeof policy?.[method] !== 'function');
    if (lacks !== undefined) {
      throw fail(
        `what its factory made has no method ${lacks}; a RetentionPolicy of kvtide/policy is wanted`,
      );
    }
    return new GuardedRetention(policy, fail);
  };
}

class GuardedRetention implements RetentionPolicy {
  readonly #policy: RetentionPolicy;
  readonly #fail: (what: string, cause?: unknown) => KvError;
  /** 1 for a handle that is in. */
  #isIn = new Uint8Array(firstHandles);
  #size = 0;

  constructor(policy: RetentionPolicy, fail: (what: string, cause?: unknown) => KvError) {
    this.#policy = policy;
    this.#fail = fail;
  }

  insert(handle: number): void {
    this.#tell('insert', handle);
    if (handle >= this.#isIn.length) {
      const more = new Uint8Array(Math.max(handle + 1, 2 * this.#isIn.length));
      more.set(this.#isIn);
      this.#isIn = more;
    }
    this.#isIn[handle] = 1;
    this.#size += 1;
  }

  access(handle: number): void {
    this.#tell('access', handle);
  }

  remove(handle: number): void {
    this.#tell('remove', handle);
    this.#takeOut(handle);
  }

  resize(capacity: number): void {
    this.#tell('resize', capacity);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const call = `evict(${count})`;
    let eviction: Eviction;
    try {
      eviction = this.#policy.evict(count, isProtected);
    } catch (thrown) {
      throw this.#fail(`${call} threw: ${KvError.from(thrown).message}`, thrown);
    }
    if (eviction?.kind === 'none') {
      const free = this.#unprotected(isProtected);
      if (free >= count) throw this.#fail(`${call} gave none, though ${free} blocks may go`);
      return eviction;
    }
    const handles = eviction?.kind === 'victims' ? eviction.handles : null;
    if (!Array.isArray(handles)) throw this.#fail(`${call} gave neither victims nor none`);
    this.#check(call, handles, count, isProtected);
    return eviction;
  }

  #tell(method: Exclude<Method, 'evict'>, value: number): void {
    try {
      this.#policy[method](value);
    } catch (thrown) {
      throw this.#fail(`${method}(${value}) threw: ${KvError.from(thrown).message}`, thrown);
    }
  }

  #check(call: string, handles: number[], count: number, isProtected: (handle: number) => boolean): void {
    if (handles.length !== count) throw this.#fail(`${call} gave ${handles.length} victims`);
    for (const handle of handles) {
      if (this.#isIn[handle] !== 1) throw this.#fail(`${call} gave handle ${handle}, which is not in`);
      if (isProtected(handle)) throw this.#fail(`${call} gave handle ${handle}, which is protected`);
      this.#takeOut(handle);
    }
  }

  #takeOut(handle: number): void {
    this.#isIn[handle] = 0;
    this.#size -= 1;
  }

  /** Handles that may go. */
  #unprotected(isProtected: (handle: number) => boolean): number {
    let left = this.#size;
    for (let handle = 0; handle < this.#isIn.length; handle += 1) {
      if (this.#isIn[handle] === 1 && isProtected(handle)) left -= 1;
    }
    return left;
  }
}
