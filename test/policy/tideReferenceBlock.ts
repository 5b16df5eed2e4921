import { type BlockRole, packRequest, packUse, withRequest } from '../../src/policy/tideTraits.js';
import type { Sample } from './tideSamplesReference.js';

/** What the reference of tide knows of a block, whether it is in or a ghost. */
export interface ReferenceBlock {
  readonly handle: number;
  readonly key: number;
  readonly depth: number;
  parent: ReferenceBlock | null;
  lastUse: number;
  uses: number;
  role: BlockRole;
  gap: number;
  /** Of the request that used it last: its blocks, those of them that were new, and whether it is over. */
  request: { blocks: number; newBlocks: number; isOver: boolean };
  sample: Sample | null;
  isPooled: boolean;
}

export function blockTraits({ uses, role, gap, depth, request }: ReferenceBlock): number {
  const { blocks, newBlocks, isOver } = request;
  return withRequest(
    packUse(uses, role, gap),
    packRequest(depth, blocks, newBlocks),
    isOver && depth + 1 === blocks,
  );
}
