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

/** Blocks and the shard that has them, or is to have them. */
export interface ShardSpan<Shard> extends BlockSpan {
  readonly shard: Shard;
}

/**
 * Which shard of a stage is to keep which blocks of a sequence. Blocks `[2^m, 2^(m+1))` are split into equal
 * chunks, as many as shards or the next power of two, and each octave begins with the next shard: chunks
 * are powers of two, aligned, and grow with the sequence, and a block's shard never changes while the shards
 * stay the same. The first shard leads: it also keeps the first octaves and what has not filled a piece.
 */
export class ShardMap<Shard> {
  /** The leading one first. */
  readonly shards: readonly Shard[];
  readonly #chunksPerOctave: number;
  readonly #firstSplit: number;
  /** Octaves that were there when the shards changed: the shard of each chunk. Those beyond follow the rule. */
  readonly #settled = new Map<number, readonly Shard[]>();

  /** @param shards at least one, all different. */
  constructor(shards: readonly Shard[]) {
    this.shards = shards;
    this.#chunksPerOctave = 2 ** Math.ceil(Math.log2(shards.length));
    this.#firstSplit = chunkBlocksMin * this.#chunksPerOctave;
  }

  /**
   * The map of other shards for a sequence that has `blocks` sealed blocks and was kept by this one. In each octave
   * every shard gets as many chunks as it would have from the start, those that it has most of already.
   */
  reshaped(shards: readonly Shard[], blocks: number): ShardMap<Shard> {
    const next = new ShardMap(shards);
    for (let octave = Math.log2(next.#firstSplit); 2 ** octave < blocks; octave += 1) {
      next.#settled.set(octave, dealt(next.#byRule(octave), next.#hadOf(octave, this)));
    }
    return next;
  }

  /** The piece that a block lies in: what its shard gets at once. */
  pieceOf(block: number): ShardSpan<Shard> {
    const [lead] = this.shards as readonly [Shard]; // at least one is promised
    if (this.shards.length === 1) return { shard: lead, first: 0, end: Number.POSITIVE_INFINITY };
    if (block < this.#firstSplit) return { shard: lead, first: 0, end: this.#firstSplit };
    const octave = Math.floor(Math.log2(block));
    const start = 2 ** octave;
    const chunkBlocks = start / this.#chunksPerOctave;
    const pieceBlocks = chunkBlocks / piecesPerChunk;
    const chunk = Math.floor((block - start) / chunkBlocks);
    const first = block - (block % pieceBlocks);
    return { shard: this.#chunkShards(octave)[chunk]!, first, end: first + pieceBlocks };
  }

  /** What shards other than the leading one keep of a sequence of `blocks` sealed blocks, in order. */
  givenAway(blocks: number): ShardSpan<Shard>[] {
    const pieces: ShardSpan<Shard>[] = [];
    for (let block = this.#firstSplit; block < blocks && this.shards.length > 1; ) {
      const piece = this.pieceOf(block);
      if (piece.shard !== this.shards[0] && piece.end <= blocks) pieces.push(piece);
      block = piece.end;
    }
    return pieces;
  }

  #chunkShards(octave: number): readonly Shard[] {
    return this.#settled.get(octave) ?? this.#byRule(octave);
  }

  #byRule(octave: number): Shard[] {
    const { shards } = this;
    return Array.from(
      { length: this.#chunksPerOctave },
      (_, chunk) => shards[(octave + chunk) % shards.length]!,
    );
  }

  /** By chunk of an octave here: how much of it each shard of a map before had. */
  #hadOf(octave: number, before: ShardMap<Shard>): ReadonlyMap<Shard, number>[] {
    const parts = Math.max(this.#chunksPerOctave, before.#chunksPerOctave);
    const partBlocks = 2 ** octave / parts;
    const partsPerChunk = parts / this.#chunksPerOctave;
    return Array.from({ length: this.#chunksPerOctave }, (_, chunk) => {
      const had = new Map<Shard, number>();
      for (let part = chunk * partsPerChunk; part < (chunk + 1) * partsPerChunk; part += 1) {
        const { shard } = before.pieceOf(2 ** octave + part * partBlocks);
        had.set(shard, (had.get(shard) ?? 0) + 1);
      }
      return had;
    });
  }
}

/**
 * Deals chunks anew, to each shard as many as `rule` has of it.
 * @param had by chunk: the part of it that a shard has already.
 */
function dealt<Shard>(rule: readonly Shard[], had: readonly ReadonlyMap<Shard, number>[]): Shard[] {
  const open = new Map<Shard, number>();
  for (const shard of rule) open.set(shard, (open.get(shard) ?? 0) + 1);
  const chunks: (Shard | undefined)[] = rule.map(() => undefined);
  const give = (chunk: number, shard: Shard): void => {
    const left = open.get(shard) ?? 0;
    if (left === 0 || chunks[chunk] !== undefined) return;
    chunks[chunk] = shard;
    open.set(shard, left - 1);
  };
  const claims = had.flatMap((some, chunk) => [...some].map(([shard, part]) => ({ chunk, shard, part })));
  for (const { chunk, shard } of claims.sort((a, b) => b.part - a.part)) give(chunk, shard);
  rule.forEach((shard, chunk) => {
    give(chunk, shard);
  });
  const rest = [...open].flatMap(([shard, left]) => new Array<Shard>(left).fill(shard));
  return chunks.map((shard) => shard ?? rest.shift()!); // as many are left as chunks
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
