import { type Geometry, halfPageBytes, pageBytes } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import { isShared, type Slab } from '../memory/slab.js';
import { retentionPolicies } from '../policy/retentionPolicies.js';
import { noDiskCompression } from '../tiers/codec/diskCodecs.js';
import { openTierStack } from '../tiers/openTierStack.js';
import { pageCiphersOf } from '../tiers/pageCipher.js';
import { pinnedSlotBytes } from '../tiers/pinnedTier.js';
import type { TierStack } from '../tiers/tierStack.js';
import { sharedMemoryLanes } from '../transfer/sharedMemoryLanes.js';
import { TransferEngine } from '../transfer/transferEngine.js';
import { defaultTransferOptions } from '../transfer/transferOptions.js';
import { BlockCalls } from './blockCalls.js';
import { CopyCalls, type CopyCallsParts } from './copyCalls.js';
import { defaultCopyLimits } from './copyLimits.js';
import { laneWarnings } from './laneWarnings.js';
import { PageCalls } from './pageCalls.js';
import { PageNaming } from './pageNaming.js';
import type { PageStreamParts } from './pageStreamParts.js';
import { TenantHosts } from './tenantHosts.js';
import { type WorkerLaneOptions, WorkerLanes } from './workerLanes.js';
import type { WorkerOptions, WorkerParts } from './workerParts.js';

/** Whose pages they are. */
export interface PagesOf {
  readonly worker: string;
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
  readonly naming: PageNaming;
  readonly calls: PageCalls;
  readonly blocks: BlockCalls;
  /** Null where no lane leads to other workers. */
  readonly copies: CopyCalls | null;
  /** Null where tenants are not told apart. */
  readonly tenants: TenantHosts | null;
  readonly #slabs: readonly Slab[];

  private constructor(
    readonly stack: TierStack,
    readonly lanes: WorkerLanes | null,
    {
      naming,
      copies,
      slabs,
      tenants,
    }: Pick<ServedPages, 'copies' | 'tenants'> & { naming: PageNaming; slabs: readonly Slab[] },
    streams: Pick<PageStreamParts, 'clock' | 'limits' | 'gate'>,
  ) {
    this.naming = naming;
    const hostOf = tenants?.hostOf ?? (() => stack);
    this.calls = new PageCalls({ hostOf, naming, ...streams }, (lane) => lanes?.traffic.closed(lane));
    this.tenants = tenants;
    lanes?.traffic.serve(() => this.calls.figures());
    this.blocks = new BlockCalls(stack, naming);
    this.copies = copies;
    this.#slabs = slabs;
  }

  /** Opens the tiers and finds the pages that the disk holds. @throws KvError as `openTierStack`. */
  static async open(pages: PagesOf, options: WorkerOptions, parts: WorkerParts): Promise<ServedPages> {
    const { geometry, range, namespace, device } = pages;
    const { budgetBytes, pinnedDtype = 'exact', residency, retention, verify } = options;
    const { admission, placement } = options;
    const bytes = pinnedSlotBytes(geometry, pinnedDtype);
    const slots = Math.floor(budgetBytes.pinned / bytes);
    const pinned = slots > 0 ? parts.makePinned({ slots, slotBytes: bytes }) : null;
    const slabs = pinned === null ? [] : [pinned];
    try {
      if (pinned !== null) parts.lockPages(pinned);
      const { clock } = parts;
      const engine = new TransferEngine(defaultTransferOptions, clock);
      const stack = await openTierStack({
        geometry,
        layers: range,
        namespace,
        clock,
        device,
        pinned,
        pinnedDtype,
        disk: {
          disk: parts.disk,
          budgetBytes: budgetBytes.disk,
          compression: options.diskCompression ?? noDiskCompression,
        },
        link: parts.link,
        residency,
        retention,
        ...(admission === undefined ? {} : { admission }),
        ...(placement === undefined ? {} : { placement }),
        verify,
        engine,
        scrub: { bytesPerSecond: options.limits.scrubBytesPerSecond },
        shadows: (options.shadows ?? []).map((name) => ({ name, make: retentionPolicies[name] })),
        hooks: parts.observer,
        ...(parts.tenants === undefined ? {} : { ciphers: pageCiphersOf(parts.tenants.table) }),
        ...(parts.record === undefined ? {} : { record: parts.record }),
      });
      const naming = new PageNaming(namespace, range);
      const tenants =
        parts.tenants === undefined ? null : new TenantHosts(stack, parts.tenants, pageBytes(geometry));
      // What lies encoded is no page to those who would map it.
      const lanesOf = { ...pages, stack, tenants, pinned: pinnedDtype === 'exact' ? pinned : null, naming };
      const lanes = options.lanes === null ? null : await startLanes(lanesOf, options.lanes, parts);
      const copies = copyCallsOf({ ...pages, stack, engine, naming }, lanes, options, parts);
      const { limits } = options;
      const gate = parts.pageGate === undefined ? {} : { gate: parts.pageGate };
      return new ServedPages(stack, lanes, { naming, copies, slabs, tenants }, { clock, limits, ...gate });
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

  /** After `close` has ended: until then pages are read to be written back. */
  unmap(): void {
    for (const slab of this.#slabs) slab.close();
  }
}

interface LanesOf extends PagesOf {
  readonly stack: TierStack;
  readonly tenants: TenantHosts | null;
  /** Where others may find pages. */
  readonly pinned: Slab | null;
  readonly naming: PageNaming;
}

async function startLanes(
  { stack, tenants, pinned, naming, geometry, address }: LanesOf,
  options: WorkerLaneOptions,
  { clock, observer }: WorkerParts,
): Promise<WorkerLanes> {
  try {
    return await WorkerLanes.start(
      {
        host: stack,
        ...(tenants === null ? {} : { hostOf: tenants.hostOf }),
        naming,
        halfBytes: halfPageBytes(geometry),
        address,
        clock,
        extensions: [sharedMemoryLanes(pinned !== null && isShared(pinned) ? pinned : null)],
        observer: laneWarnings((...said) => observer.warn?.(...said), clock),
      },
      options,
    );
  } catch (thrown) {
    await stack.close();
    throw thrown;
  }
}

function copyCallsOf(
  { worker, stack, engine, naming, geometry }: PagesOf & Pick<CopyCallsParts, 'stack' | 'engine' | 'naming'>,
  lanes: WorkerLanes | null,
  options: WorkerOptions,
  { network, clock }: WorkerParts,
): CopyCalls | null {
  if (lanes === null || options.lanes === null) return null;
  return new CopyCalls({
    worker,
    stack,
    engine,
    naming,
    halfBytes: halfPageBytes(geometry),
    network,
    clock,
    lanes: options.lanes,
    traffic: lanes.traffic,
    limits: defaultCopyLimits,
  });
}
