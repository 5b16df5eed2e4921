import { type Geometry, halfPageBytes, slotBytes } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import { isShared, type Slab } from '../memory/slab.js';
import { openTierStack } from '../tiers/openTierStack.js';
import type { TierStack } from '../tiers/tierStack.js';
import { sharedMemoryLanes } from '../transfer/sharedMemoryLanes.js';
import { BlockCalls } from './blockCalls.js';
import { PageCalls } from './pageCalls.js';
import { PageNaming } from './pageNaming.js';
import type { PageStreamParts } from './pageStreamParts.js';
import { type WorkerLaneOptions, WorkerLanes } from './workerLanes.js';
import type { WorkerOptions, WorkerParts } from './workerParts.js';

/** Whose pages they are. */
export interface PagesOf {
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly namespace: NamespaceId;
  /** Null in a page store. */
  readonly device: PagePlanes | null;
  /** host:port of the worker's gRPC server. */
  readonly address: string;
}

/** The half that every worker has: its pages over all tiers, and the calls by which others reach them. */
export class ServedPages {
  readonly calls: PageCalls;
  readonly blocks: BlockCalls;
  readonly #slabs: readonly Slab[];

  private constructor(
    readonly stack: TierStack,
    readonly lanes: WorkerLanes | null,
    { namespace, range }: PagesOf,
    slabs: readonly Slab[],
    { clock, limits }: Pick<PageStreamParts, 'clock' | 'limits'>,
  ) {
    const naming = new PageNaming(namespace, range);
    this.calls = new PageCalls({ host: stack, naming, clock, limits }, (lane) => lanes?.traffic.closed(lane));
    lanes?.traffic.serve(() => this.calls.figures());
    this.blocks = new BlockCalls(stack, naming);
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
      const lanes =
        options.lanes === null ? null : await startLanes({ ...pages, stack, pinned }, options.lanes, parts);
      return new ServedPages(stack, lanes, pages, slabs, { clock: parts.clock, limits: options.limits });
    } catch (thrown) {
      for (const slab of slabs) slab.close();
      throw thrown;
    }
  }

  /** Takes back what is lent, and writes what is not on disk yet. */
  async close(): Promise<void> {
    await this.lanes?.close();
    await this.stack.close();
  }

  /** After `close`, also one that took too long: nobody reads or writes pages any more. */
  unmap(): void {
    for (const slab of this.#slabs) slab.close();
  }
}

interface LanesOf extends PagesOf {
  readonly stack: TierStack;
  readonly pinned: Slab | null;
}

async function startLanes(
  { stack, pinned, geometry, namespace, range, address }: LanesOf,
  options: WorkerLaneOptions,
  { clock, observer }: WorkerParts,
): Promise<WorkerLanes> {
  try {
    return await WorkerLanes.start(
      {
        host: stack,
        naming: new PageNaming(namespace, range),
        halfBytes: halfPageBytes(geometry),
        address,
        clock,
        extensions: [sharedMemoryLanes(pinned !== null && isShared(pinned) ? pinned : null)],
        observer: {
          closed: ({ peer, kind }, cause) => {
            if (cause.kind === 'invalid')
              observer.warn?.(`a lane was cut: ${cause.message}`, { peer, lane: kind });
          },
        },
      },
      options,
    );
  } catch (thrown) {
    await stack.close();
    throw thrown;
  }
}
