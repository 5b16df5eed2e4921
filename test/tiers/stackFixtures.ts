import { expect } from 'vitest';
import { pageBytes } from '../../src/core/geometry.js';
import type { PageId } from '../../src/core/pageId.js';
import { copyPage, type PageView } from '../../src/core/pageView.js';
import type { Disk } from '../../src/core/ports/disk.js';
import type { TierStats } from '../../src/core/tierStats.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { openTierStack } from '../../src/tiers/openTierStack.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import type { PageRequest } from '../../src/tiers/pageRequest.js';
import type { TierStackOptions } from '../../src/tiers/stackOptions.js';
import type { LoadOutcome, TierStack } from '../../src/tiers/tierStack.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { PageSeal } from '../../src/transfer/lane.js';
import type { Borrow, Reserve, RoomEnd } from '../../src/transfer/pageHost.js';
import { FaultyDisk } from './faultyDisk.js';
import { SharedTwin } from './sharedTwin.js';
import { blockKeyOf, bytesOf, testNamespace, tinyGeometry, tinyHalfBytes } from './tierFixtures.js';

export interface StackSizes {
  /** Device slots; four of them (an eighth of many) are for staging. */
  readonly device: number;
  /** Pages that fit. */
  readonly pinned: number;
  readonly disk: number;
}

export interface StackUnderTest {
  readonly stack: TierStack;
  readonly device: PagePlanes;
  readonly pinnedSlab: SharedTwin | null;
  readonly warnings: readonly string[];
}

export async function openStack(
  sizes: StackSizes,
  disk: Disk,
  more: Partial<TierStackOptions> = {},
): Promise<StackUnderTest> {
  const device = new PagePlanes(new HeapSlab(sizes.device * pageBytes(tinyGeometry)), tinyGeometry);
  const pinnedSlab = sizes.pinned === 0 ? null : new SharedTwin(sizes.pinned);
  const warnings: string[] = [];
  const footprint = disk.footprintBytes(pageBytes(tinyGeometry));
  const stack = await openTierStack({
    geometry: tinyGeometry,
    layers: { from: 0, to: tinyGeometry.layers.length },
    namespace: testNamespace,
    clock: new SimulatedClock(),
    device,
    pinned: pinnedSlab,
    disk: sizes.disk === 0 ? null : { disk, budgetBytes: sizes.disk * footprint },
    residency: 'fixed',
    retention: 'lru',
    verify: 'boundary',
    hooks: { warn: (message) => warnings.push(message) },
    ...more,
  });
  return { stack, device, pinnedSlab, warnings };
}

/** Computes page (block, layer) and seals it, as a step would; its handle, or the tier that is full. */
export async function sealPage(
  { stack, device }: StackUnderTest,
  block: number,
  layer: number,
  request?: PageRequest,
): Promise<{ kind: 'sealed' | 'present'; handle: PageHandle } | { kind: 'full'; tier: string }> {
  const tail = await stack.takeTail(layer);
  if (tail.kind === 'full') return tail;
  const bytes = bytesOf(block, layer);
  device.page(tail.slot).k.set(bytes.k);
  device.page(tail.slot).v.set(bytes.v);
  return stack.seal(tail.slot, { block: blockKeyOf(block), layer }, block, request);
}

/** As a step does: what is resident, else what is in pinned memory, else whatever it takes. */
export async function fetchPage(stack: TierStack, handle: PageHandle): Promise<LoadOutcome> {
  const found = stack.use(handle);
  if (found.kind === 'resident') return { kind: 'hit', slot: found.slot, from: 'device', bytes: 0, ms: 0 };
  const slot = stack.loadNow(handle);
  if (slot >= 0) return { kind: 'hit', slot, from: 'pinned', bytes: 2 * tinyHalfBytes, ms: 0 };
  return stack.load(handle, { priority: 'load' });
}

const never = new AbortController().signal;

/** Gives the stack a page from outside; how that ended. */
export async function putPage(
  stack: TierStack,
  id: PageId,
  blockIndex: number,
  view: PageView,
  checksum = pageChecksum(view),
): Promise<Exclude<Reserve, { kind: 'room' }> | RoomEnd> {
  const reserved = await stack.reserve(id, { blockIndex, checksum }, never);
  if (reserved.kind !== 'room') return reserved;
  copyPage(view, reserved.room.view);
  return reserved.room.complete();
}

/** Borrows a page, copies it and gives it back. */
export async function getPage(
  stack: TierStack,
  id: PageId,
): Promise<Exclude<Borrow, { kind: 'borrowed' }> | ({ kind: 'hit'; view: PageView } & PageSeal)> {
  const borrowed = await stack.borrow(id, never);
  if (borrowed.kind !== 'borrowed') return borrowed;
  const { view, checksum, blockIndex, giveBack } = borrowed.loan;
  const copy = { k: Uint8Array.from(view.k), v: Uint8Array.from(view.v) };
  giveBack();
  return { kind: 'hit', view: copy, checksum, blockIndex };
}

/** A copy of what lies in the slot. */
export function slotBytesNow({ device }: StackUnderTest, slot: number): PageView {
  const { k, v } = device.page(slot);
  return { k: Uint8Array.from(k), v: Uint8Array.from(v) };
}

export function statsOf(stack: TierStack, tier: TierStats['tier']): TierStats {
  return stack.stats().find((stats) => stats.tier === tier)!;
}

export const newDisk = () => new FaultyDisk(new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(7)));
/** The page of a block, in layer 0 where nothing else is said. */
export const idOf = (block: number, layer = 0) => ({ block: blockKeyOf(block), layer });

/** Seals blocks 0 up to `blocks` of layer 0. */
export async function sealBlocks(under: StackUnderTest, blocks: number): Promise<PageHandle[]> {
  const handles: PageHandle[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const sealed = await sealPage(under, block, 0);
    if (sealed.kind === 'full') throw new Error(`${sealed.tier} is full at block ${block}`);
    handles.push(sealed.handle);
  }
  return handles;
}

/** Fetches a page and looks at its bytes. */
export async function expectPage(under: StackUnderTest, handle: PageHandle, block: number, from?: string) {
  const loaded = await fetchPage(under.stack, handle);
  if (loaded.kind !== 'hit') throw new Error(`block ${block}: ${loaded.kind}`);
  expect(slotBytesNow(under, loaded.slot)).toEqual(bytesOf(block, 0));
  if (from !== undefined) expect(loaded.from).toBe(from);
  under.stack.doneWith(loaded.slot);
}

/** Fills the device's hot slots with other pages, so that those before are not on it. */
export async function sealBlocksElsewhere(under: StackUnderTest): Promise<PageHandle[]> {
  const handles: PageHandle[] = [];
  for (let block = 100; block < 104; block += 1) {
    const sealed = await sealPage(under, block, 0);
    if (sealed.kind !== 'full') handles.push(sealed.handle);
  }
  await under.stack.flush();
  return handles;
}
