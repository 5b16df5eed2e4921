import type { PolicyReference } from '../contract/policyContract.js';

/** A policy without ghosts, by the order in which it would give up what it holds. */
export function orderedReference(
  order: () => readonly number[],
  told: Pick<PolicyReference, 'insert' | 'access' | 'remove'>,
): PolicyReference {
  return {
    ...told,
    evict: (isProtected) => {
      const victim = order().find((key) => !isProtected(key));
      if (victim === undefined) throw new Error('all are protected');
      told.remove(victim);
      return victim;
    },
    resize: () => {},
    ghosts: () => 0,
  };
}

/** A queue that gives up its front; `moveOnAccess` makes it the least recently used. */
export function queueReference(moveOnAccess: boolean): PolicyReference {
  const queue: number[] = [];
  const remove = (key: number) => void queue.splice(queue.indexOf(key), 1);
  return orderedReference(() => queue, {
    insert: (key) => void queue.push(key),
    access: (key) => {
      if (!moveOnAccess) return;
      remove(key);
      queue.push(key);
    },
    remove,
  });
}
