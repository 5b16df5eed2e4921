import type { PolicyReference } from '../contract/policyContract.js';

/** A queue that gives up its front; `moveOnAccess` makes it the least recently used. */
export function queueReference(moveOnAccess: boolean): PolicyReference {
  const queue: number[] = [];
  const remove = (handle: number) => void queue.splice(queue.indexOf(handle), 1);
  return {
    insert: (handle) => void queue.push(handle),
    access: (handle) => {
      if (!moveOnAccess) return;
      remove(handle);
      queue.push(handle);
    },
    remove,
    order: () => queue,
  };
}
