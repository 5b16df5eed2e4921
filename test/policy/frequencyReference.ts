import type { PolicyReference } from '../contract/policyContract.js';

/** The least often used goes, of these the least recently used; with history counts outlive `capacity` victims. */
export function frequencyReference(withHistory: boolean, startCapacity: number): PolicyReference {
  const held: { readonly key: number; count: number; lastUse: number }[] = [];
  let ghosts: { readonly key: number; readonly count: number }[] = [];
  let capacity = startCapacity;
  let uses = 0;
  const take = (key: number) => {
    const [entry] = held.splice(
      held.findIndex((one) => one.key === key),
      1,
    );
    if (entry === undefined) throw new Error('it is not in');
    return entry;
  };
  return {
    insert: (key) => {
      const known = ghosts.find((one) => one.key === key);
      ghosts = ghosts.filter((one) => one !== known);
      uses += 1;
      held.push({ key, count: (known?.count ?? 0) + 1, lastUse: uses });
    },
    access: (key) => {
      const entry = take(key);
      uses += 1;
      held.push({ key, count: entry.count + 1, lastUse: uses });
    },
    remove: (key) => void take(key),
    evict: (isProtected) => {
      const [victim] = held
        .filter((one) => !isProtected(one.key))
        .sort((a, b) => a.count - b.count || a.lastUse - b.lastUse);
      if (victim === undefined) throw new Error('all are protected');
      take(victim.key);
      if (withHistory) ghosts = [...ghosts, victim].slice(-capacity);
      return victim.key;
    },
    resize: (to) => {
      capacity = to;
      ghosts = ghosts.slice(-capacity);
    },
    ghosts: () => ghosts.length,
  };
}
