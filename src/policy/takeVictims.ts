import type { HandleList } from './handleList.js';
import type { Eviction } from './policy.js';

const none: Eviction = { kind: 'none' };

/** A list, and the end from which it gives victims. */
export interface VictimOrder {
  readonly list: HandleList;
  readonly from: 'front' | 'back';
}

/** Takes `count` unprotected handles out of the lists, the first list first, or changes nothing. */
export function takeVictims(
  orders: readonly VictimOrder[],
  count: number,
  isProtected: (handle: number) => boolean,
): Eviction {
  const handles: number[] = [];
  for (const { list, from } of orders) {
    let handle = from === 'front' ? list.first : list.last;
    while (handle >= 0 && handles.length < count) {
      if (!isProtected(handle)) handles.push(handle);
      handle = from === 'front' ? list.after(handle) : list.before(handle);
    }
  }
  if (handles.length < count) return none;
  for (const handle of handles) for (const { list } of orders) list.remove(handle);
  return { kind: 'victims', handles };
}
