import { expect } from 'vitest';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { PageLoan, PageRoom } from '../../src/transfer/pageHost.js';
import { idOf, type newDisk, putPage, type StackUnderTest } from './stackFixtures.js';
import { blockKeyOf, bytesOf } from './tierFixtures.js';

export const never = new AbortController().signal;
export const sealOf = (block: number) => ({ blockIndex: block, checksum: pageChecksum(bytesOf(block, 0)) });

export async function putBlocks({ stack }: StackUnderTest, from: number, to: number): Promise<void> {
  for (let block = from; block < to; block += 1) {
    expect(await putPage(stack, idOf(block), block, bytesOf(block, 0))).toEqual({ kind: 'stored' });
  }
  await stack.flush();
}

export async function borrow({ stack }: StackUnderTest, block: number): Promise<PageLoan> {
  const borrowed = await stack.borrow(idOf(block), never);
  if (borrowed.kind !== 'borrowed') throw new Error(`block ${block}: ${borrowed.kind}`);
  return borrowed.loan;
}

export function reserve({ stack }: StackUnderTest, block: number): PageRoom {
  const reserved = stack.reserve(idOf(block), sealOf(block), never);
  if (!('kind' in reserved) || reserved.kind !== 'room') throw new Error(`block ${block}: no room`);
  return reserved.room;
}

/** Counts the reads of the disk from now on. */
export function countReads(disk: ReturnType<typeof newDisk>): () => number {
  const { read } = disk;
  let reads = 0;
  disk.read = (...given) => {
    reads += 1;
    return read(...given);
  };
  return () => reads;
}

/** Blocks that lie on disk only. */
export function onDiskOnly({ stack }: StackUnderTest, blocks: number): number[] {
  return [...Array(blocks).keys()].filter((block) => {
    const tiers = stack.explain(blockKeyOf(block))[0]?.tiers;
    return tiers?.length === 1 && tiers[0] === 'disk';
  });
}
