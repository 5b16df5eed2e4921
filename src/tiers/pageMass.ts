import { float32Column, grown } from './grown.js';

/** Of a page that no step has weighed. */
const notWeighed = -1;
/** What the attention of one token counts in a mean over those before it. */
const tokenWeight = 1 / 16;

/** How much attention each page got of late, by handle. Takes no memory until a page is weighed. */
export class PageMass {
  #mass = new Float32Array(0);

  of(handle: number): number {
    return this.#mass[handle] ?? notWeighed;
  }

  /** @param share of its layer's attention, 0 to 1, on average over `tokens` that could see it. */
  weigh(handle: number, share: number, tokens: number): void {
    const known = this.#mass.length;
    this.#mass = grown(this.#mass, handle, float32Column);
    this.#mass.fill(notWeighed, known);
    const before = this.#mass[handle]!;
    const weight = before < 0 ? 1 : 1 - (1 - tokenWeight) ** tokens;
    this.#mass[handle] = before + weight * (share - before);
  }

  /** The handle means another page from now on. */
  forget(handle: number): void {
    if (handle < this.#mass.length) this.#mass[handle] = notWeighed;
  }
}
