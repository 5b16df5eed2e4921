import type { PolicyReference } from '../contract/policyContract.js';
import { parentBlock, treeBlockDepth } from './treeBlocks.js';

interface Node {
  readonly key: number;
  parent: Node | undefined;
}

/** Leaf-first LRU over blocks of the tree: nodes that know their parents, least recently used first. */
export function prefixLruReference(): PolicyReference {
  let nodes: Node[] = [];
  const find = (key: number) => nodes.find((node) => node.key === key);
  const remove = (key: number) => {
    nodes = nodes.filter((node) => node.key !== key);
  };
  const use = (node: Node) => {
    remove(node.key);
    node.parent = find(parentBlock(node.key));
    nodes.push(node);
  };
  return {
    insert: (key) => use({ key, parent: undefined }),
    access: (key) => use(find(key)!),
    remove,
    evict: (isProtected) => {
      const free = nodes.filter(({ key }) => !isProtected(key)).map(({ key }) => key);
      const leaf = free.find((key) => !nodes.some(({ parent }) => parent && parent === find(key)));
      const victim = leaf ?? free.toSorted((a, b) => treeBlockDepth(b) - treeBlockDepth(a))[0]!;
      remove(victim);
      return victim;
    },
    resize: () => {},
    ghosts: () => 0,
  };
}
