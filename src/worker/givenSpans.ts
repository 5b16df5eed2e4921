import { type BlockSpan, withoutSpan } from '../core/blockSpan.js';

/** The blocks whose pages of full layers are with other shards. */
export class GivenSpans {
  /** In order, without overlap. */
  #spans: readonly BlockSpan[] = [];

  get blocks(): number {
    return this.#spans.reduce((sum, { first, end }) => sum + end - first, 0);
  }

  set(spans: readonly BlockSpan[]): void {
    this.#spans = [...spans];
  }

  add({ first, end }: BlockSpan): void {
    // A piece may be given again that lies before others.
    this.#spans = [...this.#spans, { first, end }].sort((a, b) => a.first - b.first);
  }

  /** @returns what was given of the span. */
  remove(span: BlockSpan): BlockSpan[] {
    const had = this.#spans
      .map(({ first, end }) => ({ first: Math.max(first, span.first), end: Math.min(end, span.end) }))
      .filter(({ first, end }) => first < end);
    this.#spans = withoutSpan(this.#spans, span);
    return had;
  }

  /** What of the span is not given, in order. */
  outside({ first, end }: BlockSpan): BlockSpan[] {
    const own: BlockSpan[] = [];
    let from = first;
    for (const span of this.#spans) {
      if (span.end <= from || from >= end) continue;
      if (span.first > from) own.push({ first: from, end: Math.min(span.first, end) });
      from = span.end;
    }
    if (from < end) own.push({ first: from, end });
    return own;
  }
}
