import type { WriteBlock } from './policyFixtures.js';

/** Of blocks that form a binary tree with block 0 at its root; -1 for that one. */
export function parentBlock(block: number): number {
  return block === 0 ? -1 : (block - 1) >> 1;
}

export function treeBlockDepth(block: number): number {
  return 31 - Math.clz32(block + 1);
}

/** A power of two, so that priorities made of it are exact. */
export function treeBlockBytes(block: number): number {
  return 2 ** (block % 3);
}

/** In ms. */
export function treeBlockCost(block: number): number {
  return block % 5;
}

/** Writes depth, bytes and cost of a block of the tree, and its parent where a handle still means that. */
export function treeWriter(): WriteBlock {
  const handleOf = new Map<number, number>();
  return (columns, handle, block) => {
    handleOf.set(block, handle);
    columns.depth[handle] = treeBlockDepth(block);
    columns.bytes[handle] = treeBlockBytes(block);
    columns.recomputeMs[handle] = treeBlockCost(block);
    const parent = handleOf.get(parentBlock(block)) ?? -1;
    columns.parent[handle] = columns.keyHigh[parent] === parentBlock(block) ? parent : -1;
  };
}
