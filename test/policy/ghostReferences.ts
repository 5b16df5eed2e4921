import { expect } from 'vitest';
import type { PolicyReference } from '../contract/policyContract.js';

type IsProtected = (key: number) => boolean;

const without = (keys: readonly number[], key: number) => keys.filter((one) => one !== key);

/** Newest last everywhere. */
export function s3FifoReference(startCapacity: number): PolicyReference {
  let capacity = startCapacity;
  let small: number[] = [];
  let main: number[] = [];
  let ghosts: number[] = [];
  const freq = new Map<number, number>();
  const smallRoom = () => Math.max(1, Math.floor(capacity / 10));
  const mainRoom = () => capacity - smallRoom();
  const newestGhosts = () => {
    ghosts = ghosts.slice(Math.max(0, ghosts.length - mainRoom()));
  };
  /** EVICTM of the paper; undefined where nothing may go. */
  const evictMain = (isProtected: IsProtected): number | undefined => {
    for (;;) {
      const tail = main.find((key) => !isProtected(key));
      if (tail === undefined) return undefined;
      main = without(main, tail);
      if (freq.get(tail) === 0) return tail;
      freq.set(tail, freq.get(tail)! - 1);
      main.push(tail);
    }
  };
  /** One round of EVICTS: a victim, or undefined when the tail went on to the main queue. */
  const evictSmall = (isProtected: IsProtected): number | undefined => {
    const tail = small.find((key) => !isProtected(key));
    if (tail === undefined) return undefined;
    small = without(small, tail);
    if (freq.get(tail)! > 1) {
      freq.set(tail, 0);
      main.push(tail);
      return undefined;
    }
    ghosts.push(tail);
    newestGhosts();
    return tail;
  };
  return {
    insert: (key) => {
      freq.set(key, 0);
      if (ghosts.includes(key)) main.push(key);
      else small.push(key);
      ghosts = without(ghosts, key);
    },
    access: (key) => void freq.set(key, Math.min(freq.get(key)! + 1, 3)),
    remove: (key) => {
      small = without(small, key);
      main = without(main, key);
    },
    evict: (isProtected) => {
      for (;;) {
        const hasTurn = (keys: readonly number[]) => keys.some((key) => !isProtected(key));
        const fromSmall = hasTurn(small) && (small.length >= smallRoom() || !hasTurn(main));
        const victim = fromSmall ? evictSmall(isProtected) : evictMain(isProtected);
        if (victim !== undefined) return victim;
      }
    },
    resize: (to) => {
      capacity = to;
      newestGhosts();
    },
    ghosts: () => ghosts.length,
  };
}

/** Newest last everywhere. A1out may hold one more than Kout until the next insert. */
export function twoQueueReference(startCapacity: number): PolicyReference {
  let capacity = startCapacity;
  let a1in: number[] = [];
  let a1out: number[] = [];
  let am: number[] = [];
  const newestGhosts = (count: number) => {
    a1out = a1out.slice(Math.max(0, a1out.length - count));
  };
  return {
    insert: (key) => {
      if (a1out.includes(key)) am.push(key);
      else a1in.push(key);
      a1out = without(a1out, key);
      newestGhosts(Math.floor(capacity / 2));
    },
    access: (key) => {
      if (am.includes(key)) am = [...without(am, key), key];
    },
    remove: (key) => {
      a1in = without(a1in, key);
      am = without(am, key);
    },
    evict: (isProtected) => {
      const isInFull = a1in.length > Math.floor(capacity / 4);
      const candidates = isInFull ? [...a1in, ...am] : [...am, ...a1in];
      const victim = candidates.find((key) => !isProtected(key))!;
      if (a1in.includes(victim)) {
        a1out.push(victim);
        newestGhosts(Math.floor(capacity / 2) + 1);
      }
      a1in = without(a1in, victim);
      am = without(am, victim);
      return victim;
    },
    resize: (to) => {
      capacity = to;
      newestGhosts(Math.floor(capacity / 2));
    },
    ghosts: () => a1out.length,
  };
}

/** Newest last everywhere. REPLACE comes first, as the block that comes is not known. */
export function arcReference(startCapacity: number): PolicyReference {
  let c = startCapacity;
  let p = 0;
  let t1: number[] = [];
  let t2: number[] = [];
  let b1: number[] = [];
  let b2: number[] = [];
  const bounds = () => {
    const held = t1.length + t2.length;
    if (t1.length <= c) expect(t1.length + b1.length).toBeLessThanOrEqual(c);
    if (held <= 2 * c) expect(held + b1.length + b2.length).toBeLessThanOrEqual(2 * c);
  };
  const shorten = () => {
    while (b1.length > 0 && t1.length + b1.length > c) b1.shift();
    const all = () => t1.length + t2.length + b1.length + b2.length;
    while (b2.length > 0 && all() > 2 * c) b2.shift();
    while (b1.length > 0 && all() > 2 * c) b1.shift();
    bounds();
  };
  return {
    insert: (key) => {
      if (b1.includes(key)) {
        p = Math.min(p + (b1.length >= b2.length ? 1 : b2.length / b1.length), c);
        b1 = without(b1, key);
        t2.push(key);
      } else if (b2.includes(key)) {
        p = Math.max(p - (b2.length >= b1.length ? 1 : b1.length / b2.length), 0);
        b2 = without(b2, key);
        t2.push(key);
      } else {
        if (t1.length + b1.length >= c) b1.shift();
        if (t1.length + t2.length + b1.length + b2.length >= 2 * c) b2.shift();
        t1.push(key);
      }
      bounds();
    },
    access: (key) => {
      t1 = without(t1, key);
      t2 = [...without(t2, key), key];
    },
    remove: (key) => {
      t1 = without(t1, key);
      t2 = without(t2, key);
    },
    evict: (isProtected) => {
      const candidates = t1.length > p ? [...t1, ...t2] : [...t2, ...t1];
      const victim = candidates.find((key) => !isProtected(key))!;
      (t1.includes(victim) ? b1 : b2).push(victim);
      t1 = without(t1, victim);
      t2 = without(t2, victim);
      shorten();
      return victim;
    },
    resize: (to) => {
      c = to;
      p = Math.min(p, c);
      shorten();
    },
    ghosts: () => b1.length + b2.length,
  };
}
