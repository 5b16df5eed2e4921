/** The tokens of a sequence so far. */
export interface TokenHistory {
  readonly length: number;
  at(index: number): number | undefined;
}

/** Tokens proposed at once, at most. */
export const draftTokensMax = 8;
/**
 * The longest and the shortest run of last tokens that is looked for further up in the text. For text in
 * bytes longer runs saved no more steps, and single tokens proposed more that was wrong.
 */
export const ngramTokensMax = 5;
export const ngramTokensMin = 2;
/** Places remembered for each length of run; newer ones push out older ones. A power of two. */
const rememberedNgrams = 2 ** 16;

/**
 * Proposes how a text goes on by what followed its last tokens the last time: prompt lookup. The longest run
 * that is found counts, and of its places the latest. What it proposes depends on the tokens alone; it
 * costs the same for any length of text.
 */
export class NgramProposer {
  readonly #history: TokenHistory;
  /** For each length of run, by hash: the position after the latest run of that hash; 0 for none. */
  readonly #places = new Map<number, Uint32Array>();
  /** Runs that end before this position are remembered. */
  #remembered = 0;

  /** @param history read as it grows; what it held once never changes. */
  constructor(history: TokenHistory) {
    this.#history = history;
    for (let length = ngramTokensMin; length <= ngramTokensMax; length += 1) {
      this.#places.set(length, new Uint32Array(rememberedNgrams));
    }
  }

  /** Up to `most` tokens that may come next; none when the last tokens are new. */
  propose(most: number): number[] {
    this.#remember();
    const place = this.#placeOfLongest();
    if (place === null) return [];
    const { length } = this.#history;
    const draft: number[] = [];
    while (draft.length < Math.min(most, draftTokensMax)) {
      const at = place + draft.length;
      // A text that repeats itself runs into what was just proposed.
      draft.push((at < length ? this.#history.at(at) : draft[at - length])!);
    }
    return draft;
  }

  /** All runs but those that end the text: nothing has followed them. */
  #remember(): void {
    for (; this.#remembered < this.#history.length; this.#remembered += 1) {
      if (this.#remembered === 0) continue;
      for (const [length, places] of this.#places) {
        if (length <= this.#remembered) places[this.#hash(this.#remembered, length)] = this.#remembered;
      }
    }
  }

  #placeOfLongest(): number | null {
    const end = this.#history.length;
    for (let length = Math.min(ngramTokensMax, end - 1); length >= ngramTokensMin; length -= 1) {
      const place = this.#places.get(length)![this.#hash(end, length)]!;
      if (place > 0 && this.#isSameRun(place, end, length)) return place;
    }
    return null;
  }

  /** Other runs may have the same hash. */
  #isSameRun(place: number, end: number, length: number): boolean {
    for (let back = 1; back <= length; back += 1) {
      if (this.#history.at(place - back) !== this.#history.at(end - back)) return false;
    }
    return true;
  }

  /** Of the `length` tokens before `end`. */
  #hash(end: number, length: number): number {
    let hash = length;
    for (let at = end - length; at < end; at += 1) {
      hash = Math.imul(hash ^ this.#history.at(at)!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & (rememberedNgrams - 1);
  }
}
