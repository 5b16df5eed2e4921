import type { BlockSpan } from './blockSpan.js';

/** Blocks of the smallest chunk. A sequence is not split before it has so many for each chunk of an octave. */
const chunkBlocksMin = 16;
/** A chunk that grows is given to its shard in so many pieces, so that few roots come of its ragged end. */
const piecesPerChunk = 8;

/**
 * A node of the merge tree: the blocks `[index * 2^level, (index + 1) * 2^level)`. Below the last block of
 * a sequence every node is part of the tree, however long the sequence grows.
 */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/**
 * Which shard of a stage keeps which blocks of a sequence. Blocks `[2^m, 2^(m+1))` are split into equal
 * chunks, as many as shards or the next power of two, and each octave begins with the next shard: chunks
 * are powers of two, aligned, and grow with the sequence, and a block's shard never changes. Shard 0 leads:
 * it also keeps the first octaves and what has not filled a piece.
 */
export class ShardMap {
  readonly shards: number;
  readonly #chunksPerOctave: number;
  readonly #firstSplit: number;

  /** @param shards at least 1. */
  constructor(shards: number) {
    this.shards = shards;
    this.#chunksPerOctave = 2 ** Math.ceil(Math.log2(shards));
    this.#firstSplit = chunkBlocksMin * this.#chunksPerOctave;
  }

  /** The piece that a block lies in: what its shard gets at once. */
  pieceOf(block: number): BlockSpan & { readonly shard: number } {
    if (this.shards === 1 || block < this.#firstSplit) {
      return { shard: 0, first: 0, end: this.shards === 1 ? Number.POSITIVE_INFINITY : this.#firstSplit };
    }
    const octave = Math.floor(Math.log2(block));
    const start = 2 ** octave;
    const chunkBlocks = start / this.#chunksPerOctave;
    const pieceBlocks = chunkBlocks / piecesPerChunk;
    const chunk = Math.floor((block - start) / chunkBlocks);
    const first = block - (block % pieceBlocks);
    return { shard: (octave + chunk) % this.shards, first, end: first + pieceBlocks };
  }

  /** What shards other than the leading one keep of a sequence of `blocks` sealed blocks, in order. */
  givenAway(blocks: number): (BlockSpan & { readonly shard: number })[] {
    const pieces: (BlockSpan & { readonly shard: number })[] = [];
    for (let block = this.#firstSplit; block < blocks && this.shards > 1; ) {
      const piece = this.pieceOf(block);
      if (piece.shard !== 0 && piece.end <= blocks) pieces.push(piece);
      block = piece.end;
    }
    return pieces;
  }
}

export function blocksOfNode({ level, index }: TreeNode): BlockSpan {
  return { first: index * 2 ** level, end: (index + 1) * 2 ** level };
}

/** The largest nodes that together are the given spans, which do not overlap, in order. */
export function nodesOf(spans: readonly BlockSpan[]): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (const { first, end } of joined(spans)) {
    for (let block = first; block < end; ) {
      let level = 0;
      while (block % 2 ** (level + 1) === 0 && block + 2 ** (level + 1) <= end) level += 1;
      nodes.push({ level, index: block / 2 ** level });
      block += 2 ** level;
    }
  }
  return nodes;
}

/** Neighbours become one. */
function joined(spans: readonly BlockSpan[]): BlockSpan[] {
  const all: BlockSpan[] = [];
  for (const { first, end } of spans.toSorted((a, b) => a.first - b.first)) {
    const last = all.at(-1);
    if (last !== undefined && last.end === first) all[all.length - 1] = { first: last.first, end };
    else all.push({ first, end });
  }
  return all;
}
