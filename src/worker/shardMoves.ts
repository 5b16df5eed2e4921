import type { BlockSpan } from '../core/blockSpan.js';
import type { WorkerId } from '../core/plan.js';
import type { ShardSpan } from '../core/shardMap.js';

/** Neighbouring blocks that one worker has and another is to have. */
export interface ShardMove extends BlockSpan {
  readonly from: WorkerId;
  readonly to: WorkerId;
}

/**
 * What has to move so that what is kept becomes what is wanted, in the order of blocks and in pieces no larger
 * than those of either. What neither names is with the lead. Both are in order and without overlap.
 */
export function shardMoves(
  lead: WorkerId,
  kept: readonly ShardSpan<WorkerId>[],
  wanted: readonly ShardSpan<WorkerId>[],
): ShardMove[] {
  const edges = [...new Set([...kept, ...wanted].flatMap(({ first, end }) => [first, end]))];
  edges.sort((a, b) => a - b);
  const from = ownersAlong(lead, kept);
  const to = ownersAlong(lead, wanted);
  const moves: ShardMove[] = [];
  for (const [at, first] of edges.slice(0, -1).entries()) {
    const move = { first, end: edges[at + 1]!, from: from(first), to: to(first) }; // the last edge is left out
    if (move.from !== move.to) moves.push(move);
  }
  return moves;
}

/** Who has a block; asked for blocks in ascending order. */
function ownersAlong(lead: WorkerId, spans: readonly ShardSpan<WorkerId>[]): (block: number) => WorkerId {
  let at = 0;
  return (block) => {
    while (at < spans.length && spans[at]!.end <= block) at += 1;
    const span = spans[at];
    return span !== undefined && span.first <= block ? span.shard : lead;
  };
}
