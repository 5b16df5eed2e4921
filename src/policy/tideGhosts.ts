/** Ghosts in a set, which fills a line of the processor's cache: looking for one costs one visit of the memory. */
const ways = 5;
const wordsPerSet = 16;
/** Words of a ghost: its key, when it was used last, and its traits, which are 0 where there is no ghost. */
const lastUse = 1;
const traits = 2;
const wordsPerGhost = 3;

/**
 * What is remembered of blocks that left the cache, found by 32 bits of the key. Each key has its set of places, and
 * where that is full, the ghost of it that was not used for longest is forgotten: not quite the oldest of all, but for
 * 13 bytes a ghost and without a list.
 */
export class TideGhosts {
  /** Told when a ghost was last used that is forgotten. */
  readonly #onForget: (lastUse: number, traits: number) => void;
  #words = new Uint32Array(0);
  #sets = 0;
  #size = 0;

  /** @param limit ghosts at most. */
  constructor(limit: number, onForget: (lastUse: number, traits: number) => void) {
    this.#onForget = onForget;
    this.resize(limit, 0);
  }

  get size(): number {
    return this.#size;
  }

  /** Where the ghost of a key stands, until the next change; -1 for none. */
  find(key: number): number {
    const words = this.#words;
    const first = this.#setOf(key);
    for (let at = first; at < first + ways * wordsPerGhost; at += wordsPerGhost) {
      if (words[at] === key && words[at + traits] !== 0) return at;
    }
    return -1;
  }

  lastUse(at: number): number {
    return this.#words[at + lastUse]!;
  }

  traits(at: number): number {
    return this.#words[at + traits]!;
  }

  /** The block came back: it is no ghost any more. */
  drop(at: number): void {
    this.#words[at + traits] = 0;
    this.#size -= 1;
  }

  /** A block left: it takes the place of the ghost of its set that was not used for longest by now. */
  add(key: number, used: number, usedTraits: number, now: number): void {
    const words = this.#words;
    let place = this.#setOf(key);
    let oldest = -1;
    for (let at = place, end = place + ways * wordsPerGhost; at < end; at += wordsPerGhost) {
      const isFree = words[at + traits] === 0;
      const age = (now - words[at + lastUse]!) >>> 0;
      if (!isFree && age <= oldest) continue;
      place = at;
      if (isFree) break;
      oldest = age;
    }
    if (words[place + traits] === 0) this.#size += 1;
    else this.#onForget(words[place + lastUse]!, words[place + traits]!);
    words[place] = key;
    words[place + lastUse] = used;
    words[place + traits] = usedTraits;
  }

  /** Where room gets less, those that were not used for longest are forgotten. */
  resize(limit: number, now: number): void {
    const sets = Math.max(1, Math.floor(limit / ways));
    if (sets === this.#sets) return;
    const words = this.#words;
    const ghosts: number[] = [];
    for (let set = 0; set < words.length; set += wordsPerSet) {
      for (let at = set; at < set + ways * wordsPerGhost; at += wordsPerGhost) {
        if (words[at + traits] !== 0) ghosts.push(at);
      }
    }
    const ageAt = (at: number): number => (now - words[at + lastUse]!) >>> 0;
    ghosts.sort((a, b) => ageAt(b) - ageAt(a));
    this.#sets = sets;
    this.#words = new Uint32Array(wordsPerSet * this.#sets);
    this.#size = 0;
    for (const at of ghosts) this.add(words[at]!, words[at + lastUse]!, words[at + traits]!, now);
  }

  #setOf(key: number): number {
    const hash = Math.imul(key, 0x9e3779b1) >>> 0;
    return wordsPerSet * Math.floor((hash * this.#sets) / 2 ** 32);
  }
}
