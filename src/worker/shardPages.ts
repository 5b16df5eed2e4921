import type { BlockKey } from '../core/blockKey.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { PageId } from '../core/pageId.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { StepPage } from './stepPage.js';

/** The pages of full layers that this worker keeps for a sequence that another one leads. */
export class ShardPages {
  readonly #stack: Pick<TierStack, 'hold' | 'letGo'>;
  /** By full layer, then in the order of blocks. */
  readonly #pages: Map<number, StepPage[]>;

  constructor(stack: Pick<TierStack, 'hold' | 'letGo'>, { layers }: Geometry, { from, to }: LayerRange) {
    this.#stack = stack;
    const range = Array.from({ length: to - from }, (_, index) => from + index);
    this.#pages = new Map(
      range.filter((layer) => layers[layer]?.kind === 'full').map((layer) => [layer, []]),
    );
  }

  /** Of a layer that is not full there are none. */
  of(layer: number): readonly StepPage[] {
    return this.#pages.get(layer) ?? [];
  }

  /**
   * Holds the pages of neighbouring blocks, all or none.
   * @param firstBlock index of the first of them in its sequence; none of them is held yet.
   * @returns whether all are here.
   */
  keep(firstBlock: number, blocks: readonly BlockKey[]): boolean {
    const held: { readonly layer: number; readonly page: StepPage }[] = [];
    for (const layer of this.#pages.keys()) {
      for (const [index, block] of blocks.entries()) {
        const page: PageId = { block, layer };
        const found = this.#stack.hold(page);
        if (found.kind === 'missing') {
          for (const { page: one } of held) this.#stack.letGo(one.handle);
          return false;
        }
        held.push({ layer, page: { page, block: firstBlock + index, handle: found.handle } });
      }
    }
    for (const { layer, page } of held) this.#pages.get(layer)?.push(page);
    // A piece that could not be kept at first may come after later ones.
    for (const pages of this.#pages.values()) pages.sort((a, b) => a.block - b.block);
    return true;
  }

  /** Of all layers. */
  get count(): number {
    return [...this.#pages.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Lets go of the blocks from `firstBlock` up to `endBlock`, the deepest first. */
  drop(firstBlock: number, endBlock = Number.POSITIVE_INFINITY): void {
    for (const [layer, pages] of this.#pages) {
      const isDropped = ({ block }: StepPage) => block >= firstBlock && block < endBlock;
      for (const { handle } of pages.filter(isDropped).reverse()) this.#stack.letGo(handle);
      this.#pages.set(
        layer,
        pages.filter((page) => !isDropped(page)),
      );
    }
  }
}
