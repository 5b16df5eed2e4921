import { type Geometry, slotBytes } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import type { Slab } from '../memory/slab.js';
import { openTierStack } from '../tiers/openTierStack.js';
import type { TierStack } from '../tiers/tierStack.js';
import { PageCalls } from './pageCalls.js';
import type { WorkerOptions, WorkerParts } from './workerParts.js';

/** Whose pages they are. */
export interface PagesOf {
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly namespace: NamespaceId;
  /** Null in a page store. */
  readonly device: PagePlanes | null;
}

/** The half that every worker has: its pages over all tiers, and the calls by which others reach them. */
export class ServedPages {
  readonly calls: PageCalls;
  readonly #slabs: readonly Slab[];

  private constructor(
    readonly stack: TierStack,
    { namespace, range }: PagesOf,
    slabs: readonly Slab[],
  ) {
    this.calls = new PageCalls(stack, namespace, range);
    this.#slabs = slabs;
  }

  /** Opens the tiers and finds the pages that the disk holds. @throws KvError as `openTierStack`. */
  static async open(pages: PagesOf, options: WorkerOptions, parts: WorkerParts): Promise<ServedPages> {
    const { geometry, range, namespace, device } = pages;
    const { budgetBytes, residency, retention, verify } = options;
    const bytes = slotBytes(geometry);
    const slots = Math.floor(budgetBytes.pinned / bytes);
    const pinned = slots > 0 ? parts.makePinned({ slots, slotBytes: bytes }) : null;
    const slabs = pinned === null ? [] : [pinned];
    try {
      if (pinned !== null) parts.lockPages(pinned);
      const stack = await openTierStack({
        geometry,
        layers: range,
        namespace,
        clock: parts.clock,
        device,
        pinned,
        disk: { disk: parts.disk, budgetBytes: budgetBytes.disk },
        residency,
        retention,
        verify,
        hooks: parts.observer,
      });
      return new ServedPages(stack, pages, slabs);
    } catch (thrown) {
      for (const slab of slabs) slab.close();
      throw thrown;
    }
  }

  /** Writes what is not on disk yet. */
  async close(): Promise<void> {
    await this.stack.close();
  }

  /** After `close`, also one that took too long: nobody reads or writes pages any more. */
  unmap(): void {
    for (const slab of this.#slabs) slab.close();
  }
}
