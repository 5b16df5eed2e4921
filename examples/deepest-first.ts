// A retention policy of your own: the block that is deepest in its prefix goes first.
//
//   npx kvtide sim --synthetic chat --capacity 500 --policy lru,./examples/deepest-first.ts
//   npx kvtide up --model models/tiny-dts --retention ./examples/deepest-first.ts

import type { RetentionFactory } from 'kvtide/policy';

const deepestFirst: RetentionFactory = (columns) => {
  const held = new Set<number>();
  return {
    insert: (handle) => void held.add(handle),
    access: () => {},
    remove: (handle) => void held.delete(handle),
    evict: (count, isProtected) => {
      const order = [...held].sort((a, b) => columns.depth[b]! - columns.depth[a]!);
      const handles = order.filter((handle) => !isProtected(handle)).slice(0, count);
      if (handles.length < count) return { kind: 'none' };
      for (const handle of handles) held.delete(handle);
      return { kind: 'victims', handles };
    },
    resize: () => {},
  };
};

export default deepestFirst;
