import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { NamespaceId } from '../core/namespace.js';
import type { SequenceId } from '../core/plan.js';
import type { Sequence } from './sequence.js';

/** The sequences that were not released. */
export class Sequences {
  private readonly all = new Map<SequenceId, Sequence>();

  constructor(
    private readonly bounds: { readonly maxSequences: number; readonly sequenceIdleMs: number },
    restored: readonly Sequence[] = [],
  ) {
    const ordered = [...restored].sort((a, b) => a.touchedMs - b.touchedMs);
    for (const sequence of ordered) this.all.set(sequence.id, sequence);
  }

  get size(): number {
    return this.all.size;
  }

  /** @throws KvError `notFound` when there is none, or it is another tenant's. */
  get(id: SequenceId, tenant: string): Sequence {
    const sequence = this.all.get(id);
    if (sequence !== undefined && sequence.tenant === tenant) return sequence;
    throw new KvError('notFound', `there is no sequence "${id}": it was released or never created`, {
      context: { sequence: id },
    });
  }

  find(id: SequenceId): Sequence | undefined {
    return this.all.get(id);
  }

  /** Those of one model. */
  *of(namespace: NamespaceId): Iterable<Sequence> {
    for (const sequence of this.all.values()) if (sequence.namespace === namespace) yield sequence;
  }

  /** @throws KvError `exhausted` when there are as many as may be, `invalid` for more blocks than tokens fill. */
  check(sequence: Sequence, blockTokens: number): void {
    checkFilled(sequence, blockTokens);
    if (this.all.size < this.bounds.maxSequences) return;
    throw new KvError('exhausted', `${this.all.size} sequences are open, and no more may be: release some`);
  }

  /** @throws KvError as `check`. */
  create(sequence: Sequence, blockTokens: number): Sequence {
    this.check(sequence, blockTokens);
    return this.put(sequence);
  }

  /**
   * What the sequence is with more blocks and tokens; `put` makes it so. Blocks that it has already, at its
   * end, are not added again: a caller that lost the answer tells them once more.
   * @throws KvError `invalid` when the sequence would shrink, or has more blocks than its tokens fill.
   */
  extended(
    sequence: Sequence,
    blocks: readonly BlockKey[],
    tokens: number,
    blockTokens: number,
    nowMs: number,
  ): Sequence {
    if (tokens < sequence.tokens) {
      throw new KvError(
        'invalid',
        `sequence ${sequence.id} has ${sequence.tokens} tokens and cannot be extended to ${tokens}: truncate it`,
      );
    }
    const added = blocks.slice(toldAlready(sequence.blocks, blocks));
    const extended = { ...sequence, blocks: [...sequence.blocks, ...added], tokens, touchedMs: nowMs };
    checkFilled(extended, blockTokens);
    return extended;
  }

  /**
   * Drops what is after `tokens`. A tail cannot be cut, so what is left ends with a whole block, unless
   * nothing was to be dropped.
   * @throws KvError `invalid` when the sequence is shorter than that.
   */
  truncate(sequence: Sequence, tokens: number, blockTokens: number, nowMs: number): Sequence {
    if (tokens > sequence.tokens) {
      throw new KvError(
        'invalid',
        `sequence ${sequence.id} has ${sequence.tokens} tokens and cannot be truncated to ${tokens}`,
      );
    }
    if (tokens === sequence.tokens) return this.put({ ...sequence, touchedMs: nowMs });
    const blocks = sequence.blocks.slice(0, Math.floor(tokens / blockTokens));
    return this.put({ ...sequence, blocks, tokens: blocks.length * blockTokens, touchedMs: nowMs });
  }

  /** Releasing one that is not there, or another tenant's, does nothing. */
  release(id: SequenceId, tenant: string): 'released' | 'absent' {
    if (this.all.get(id)?.tenant !== tenant) return 'absent';
    this.all.delete(id);
    return 'released';
  }

  /** Releases what nobody touched for too long. */
  expire(nowMs: number): SequenceId[] {
    const idle: SequenceId[] = [];
    for (const { id, touchedMs } of this.all.values()) {
      // The map is ordered by when they were touched: all that follow are younger.
      if (touchedMs + this.bounds.sequenceIdleMs > nowMs) break;
      idle.push(id);
    }
    for (const id of idle) this.all.delete(id);
    return idle;
  }

  put(sequence: Sequence): Sequence {
    // Last, so that the map stays ordered by when they were touched.
    this.all.delete(sequence.id);
    this.all.set(sequence.id, sequence);
    return sequence;
  }
}

/** How many of `blocks` the end of the chain is already. A key names all before it: it is there once. */
function toldAlready(chain: readonly BlockKey[], blocks: readonly BlockKey[]): number {
  const first = blocks[0];
  if (first === undefined) return 0;
  const from = chain.lastIndexOf(first);
  if (from < 0) return 0;
  const told = chain.length - from;
  const isSame = chain.slice(from).every((key, at) => at >= blocks.length || blocks[at] === key);
  return isSame ? Math.min(told, blocks.length) : 0;
}

function checkFilled({ blocks, tokens }: Sequence, blockTokens: number): void {
  if (blocks.length <= Math.floor(tokens / blockTokens)) return;
  throw new KvError(
    'invalid',
    `${blocks.length} blocks of ${blockTokens} tokens do not fit into ${tokens} tokens`,
  );
}
