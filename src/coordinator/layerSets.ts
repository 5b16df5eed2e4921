/**
 * One set of layers a block, for one worker: `words` 32-bit words each, in one growing array. Blocks are
 * small integers given by the prefix index.
 */
export class LayerSets {
  private bits = new Uint32Array(0);
  private readonly words: number;
  /** Layers in all sets together. */
  private total = 0;

  constructor(layers: number) {
    this.words = Math.max(1, Math.ceil(layers / 32));
  }

  get size(): number {
    return this.total;
  }

  has(block: number, layer: number): boolean {
    const word = this.bits[block * this.words + (layer >>> 5)] ?? 0;
    return (word & (1 << (layer & 31))) !== 0;
  }

  /** @returns whether the layer was not in the block's set before. */
  add(block: number, layer: number): boolean {
    if (this.has(block, layer)) return false;
    this.reserve(block);
    const at = block * this.words + (layer >>> 5);
    this.bits[at] = (this.bits[at] ?? 0) | (1 << (layer & 31));
    this.total += 1;
    return true;
  }

  /** @returns whether the layer was in the block's set. */
  delete(block: number, layer: number): boolean {
    if (!this.has(block, layer)) return false;
    const at = block * this.words + (layer >>> 5);
    this.bits[at] = (this.bits[at] ?? 0) & ~(1 << (layer & 31));
    this.total -= 1;
    return true;
  }

  isEmpty(block: number): boolean {
    const from = block * this.words;
    for (let at = from; at < from + this.words; at += 1) if ((this.bits[at] ?? 0) !== 0) return false;
    return true;
  }

  /** Layers in the block's set. */
  count(block: number): number {
    let layers = 0;
    for (let layer = 0; layer < 32 * this.words; layer += 1) if (this.has(block, layer)) layers += 1;
    return layers;
  }

  private reserve(block: number): void {
    const needed = (block + 1) * this.words;
    if (needed <= this.bits.length) return;
    const grown = new Uint32Array(Math.max(needed, this.bits.length * 2, 64));
    grown.set(this.bits);
    this.bits = grown;
  }
}
