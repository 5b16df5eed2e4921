import { type BlockSpan, withoutSpan } from '../core/blockSpan.js';
import type { WorkerId } from '../core/plan.js';
import type { ShardSpan } from '../core/shardMap.js';

type Kept = ShardSpan<WorkerId>;

/** Who keeps which blocks of a sequence beside its lead: at most one worker a block. */
export class KeptSpans {
  #spans: readonly Kept[] = [];

  /** In order, without overlap. */
  get spans(): readonly Kept[] {
    return this.#spans;
  }

  /** Those that end within a prefix. */
  within(blocks: number): readonly Kept[] {
    return this.#spans.filter(({ end }) => end <= blocks);
  }

  /** Who keeps anything. */
  keepers(): ReadonlySet<WorkerId> {
    return new Set(this.#spans.map(({ shard }) => shard));
  }

  /** From now on `shard` keeps these blocks, and nobody else does. */
  give(span: BlockSpan, shard: WorkerId): void {
    this.takeBack(span);
    const { first, end } = span;
    this.#spans = [...this.#spans, { first, end, shard }].sort((a, b) => a.first - b.first);
  }

  /** From now on the lead has these blocks. */
  takeBack(span: BlockSpan): void {
    this.#spans = withoutSpan(this.#spans, span);
  }

  /** Forgets what reaches beyond a prefix. @returns the first block of it, or null when nothing does. */
  cut(blocks: number): number | null {
    const beyond = this.#spans.filter(({ end }) => end > blocks);
    this.#spans = this.within(blocks);
    return beyond[0]?.first ?? null;
  }
}
