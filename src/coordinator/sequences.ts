import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
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

  /** @throws KvError `exhausted` when there are as many as may be, `invalid` for more blocks than tokens fill. */
  create(sequence: Sequence, blockTokens: number): Sequence {
    checkFilled(sequence, blockTokens);
    if (this.all.size >= this.bounds.maxSequences) {
      throw new KvError('exhausted', `${this.all.size} sequences are open, and no more may be: release some`);
    }
    return this.put(sequence);
  }

  /** A new sequence that shares the blocks of `parent`; the growing tail is not shared. */
  fork(parent: Sequence, id: SequenceId, blockTokens: number, nowMs: number): Sequence {
    const tokens = parent.blocks.length * blockTokens;
    return this.create({ ...parent, id, tokens, touchedMs: nowMs }, blockTokens);
  }

  /** @throws KvError `invalid` when the sequence would shrink, or has more blocks than its tokens fill. */
  extend(
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
    const extended = { ...sequence, blocks: [...sequence.blocks, ...blocks], tokens, touchedMs: nowMs };
    checkFilled(extended, blockTokens);
    return this.put(extended);
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

  private put(sequence: Sequence): Sequence {
    // Last, so that the map stays ordered by when they were touched.
    this.all.delete(sequence.id);
    this.all.set(sequence.id, sequence);
    return sequence;
  }
}

function checkFilled({ blocks, tokens }: Sequence, blockTokens: number): void {
  if (blocks.length <= Math.floor(tokens / blockTokens)) return;
  throw new KvError(
    'invalid',
    `${blocks.length} blocks of ${blockTokens} tokens do not fit into ${tokens} tokens`,
  );
}
