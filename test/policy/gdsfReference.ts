import type { PolicyReference } from '../contract/policyContract.js';
import { treeBlockBytes, treeBlockCost } from './treeBlocks.js';

interface Entry {
  readonly key: number;
  readonly uses: number;
  readonly priority: number;
}

/** GDSF over blocks of the tree, in an array with the least recently used first, searched through for a victim. */
export function gdsfReference(): PolicyReference {
  let entries: Entry[] = [];
  let inflation = 0;
  const remove = (key: number) => {
    entries = entries.filter((entry) => entry.key !== key);
  };
  const use = (key: number, uses: number) => {
    remove(key);
    const worth = (treeBlockCost(key) || 1) / treeBlockBytes(key);
    entries.push({ key, uses, priority: inflation + uses * worth });
  };
  return {
    insert: (key) => use(key, 1),
    access: (key) => use(key, 1 + entries.find((entry) => entry.key === key)!.uses),
    remove,
    evict: (isProtected) => {
      const free = entries.filter(({ key }) => !isProtected(key));
      const victim = free.reduce((least, entry) => (entry.priority < least.priority ? entry : least));
      inflation = Math.max(inflation, victim.priority);
      remove(victim.key);
      return victim.key;
    },
    resize: () => {},
    ghosts: () => 0,
  };
}
