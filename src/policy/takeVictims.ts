import type { HandleList } from './handleList.js';
import type { Eviction } from './policy.js';

const none: Eviction = { kind: 'none' };

/** A list, and the end from which it gives victims. */
export interface VictimOrder {
  readonly list: Pick<HandleList, 'first' | 'last' | 'after' | 'before' | 'remove'>;
  readonly from: 'front' | 'back';
}

/** Takes `count` unprotected handles out of the lists, the first list first, or changes nothing. */
export function takeVictims(
  orders: readonly VictimOrder[],
  count: number,
  isProtected: (handle: number) => boolean,
): Eviction {
  if (count === 1) return takeVictim(orders, isProtected);
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

/** The common case, without anything allocated but its result. */
function takeVictim(orders: readonly VictimOrder[], isProtected: (handle: number) => boolean): Eviction {
  for (let at = 0; at < orders.length; at += 1) {
    const { list, from } = orders[at]!;
    let handle = from === 'front' ? list.first : list.last;
    while (handle >= 0 && isProtected(handle)) {
      handle = from === 'front' ? list.after(handle) : list.before(handle);
    }
    if (handle < 0) continue;
    list.remove(handle);
    return { kind: 'victims', handles: [handle] };
  }
  return none;
}
