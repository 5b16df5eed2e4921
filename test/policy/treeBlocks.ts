import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import type { WriteBlock } from './policyFixtures.js';

/** Of blocks that form a binary tree with block 0 at its root; -1 for that one. */
export function parentBlock(block: number): number {
  return block === 0 ? -1 : (block - 1) >> 1;
}

/** Writes depth, bytes and cost of a block of the tree; priorities made of powers of two are exact. */
export function writeTreeBlock(columns: PolicyColumns, handle: number, block: number): void {
  columns.depth[handle] = 31 - Math.clz32(block + 1);
  columns.bytes[handle] = 2 ** (block % 3);
  columns.recomputeMs[handle] = block % 5;
}

/** Writes the parent too, where the handle that it had last still means it. */
export function treeWriter(): WriteBlock {
  const handleOf = new Map<number, number>();
  return (columns, handle, block) => {
    handleOf.set(block, handle);
    writeTreeBlock(columns, handle, block);
    const parent = handleOf.get(parentBlock(block)) ?? -1;
    columns.parent[handle] = columns.keyHigh[parent] === parentBlock(block) ? parent : -1;
  };
}
