import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { BlockKey } from '../../src/core/blockKey.js';
import { pageBytes, slotBytes } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import type { PageId } from '../../src/core/pageId.js';
import { copyPage } from '../../src/core/pageView.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import { MappedSlab } from '../../src/memory/mappedSlab.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { openTierStack } from '../../src/tiers/openTierStack.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import type { TierStack } from '../../src/tiers/tierStack.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { quantile } from '../support/quantile.js';
import { BenchPages } from './benchPages.js';
import { benchGeometry } from './transferSizes.js';

/** How long a step waits for one page that it asks for, alone and while write-back saturates the disk. */
export interface StepLoads {
  readonly idleP50Ms: number;
  readonly idleP99Ms: number;
  readonly busyP50Ms: number;
  readonly busyP99Ms: number;
  /** Loads in each of the two. */
  readonly loads: number;
  /** What was written to disk beside the busy loads. */
  readonly writtenGigabytesPerSecond: number;
}

/** Slots of the device: as many hot ones as `hotPages`, and 16 that pages stream through. */
const devicePages = 34;
const hotPages = 18;
/** A step's pages that stream, from each tier: together more than there are slots to stream through. */
const streamedPages = 24;
const pinnedPages = 64;
const diskPages = 256;
/** Pages that are given to the stack at once, where it takes them. */
const givenMax = 32;
/** Between two loads, so that they do not keep step with what goes on beside them. */
const thinkMs = 1;
const saturationMs = 200;
const never = new AbortController().signal;

export interface StepLoadSizes {
  readonly rounds: number;
  /** In each round, idle and busy. */
  readonly loads: number;
}

/**
 * Loads pages of 2 MiB to the device, half of them from pinned memory and half from disk, on a real stack;
 * in turns with nothing else going on, and while pages are taken in as fast as the disk takes them.
 */
export async function measureStepLoad(sizes: StepLoadSizes): Promise<StepLoads> {
  const folder = mkdtempSync(join(tmpdir(), 'kvtide-step-'));
  const device = MappedSlab.create(devicePages * pageBytes(benchGeometry));
  const pinned = MappedSlab.create(pinnedPages * slotBytes(benchGeometry));
  try {
    const disk = new ExtentDisk(folder);
    const stack = await openTierStack({
      geometry: benchGeometry,
      layers: { from: 0, to: benchGeometry.layers.length },
      namespace: '0'.repeat(64) as NamespaceId,
      clock: systemClock,
      device: new PagePlanes(device, benchGeometry),
      pinned,
      disk: { disk, budgetBytes: diskPages * disk.footprintBytes(pageBytes(benchGeometry)) },
      residency: 'fixed',
      retention: 'lru',
      verify: 'boundary',
    });
    const probe = new Probe(stack);
    await probe.prepare();
    const found = await probe.measure(sizes);
    await stack.close();
    return found;
  } finally {
    device.close();
    pinned.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Probe {
  readonly #stack: TierStack;
  readonly #pages = new BenchPages(8);
  readonly #checksums: readonly bigint[];
  /** From pinned memory and from disk, in turns. */
  readonly #streamed: PageHandle[] = [];
  #given = 0;
  #next = 0;

  constructor(stack: TierStack) {
    this.#stack = stack;
    this.#checksums = Array.from({ length: this.#pages.count }, (_, page) =>
      pageChecksum(this.#pages.view(page)),
    );
  }

  /** A sequence holds pages that fill the device, others that lie in pinned memory, and others only on disk. */
  async prepare(): Promise<void> {
    const onDisk = await this.#giveMany(streamedPages);
    const hot = (await this.#giveMany(hotPages)).map((id) => this.#hold(id));
    for (const handle of hot) await this.#loadOne(handle);
    const inMemory = await this.#giveMany(streamedPages);
    const fromMemory = inMemory.map((id) => this.#hold(id));
    await this.#giveMany(pinnedPages);
    for (const [index, id] of onDisk.entries()) this.#streamed.push(fromMemory[index]!, this.#hold(id));
    const wrong = onDisk.filter((id) => this.#tiersOf(id) !== 'disk').length;
    const missing = inMemory.filter((id) => !this.#tiersOf(id).includes('pinned')).length;
    if (wrong + missing > 0)
      throw new Error(`${wrong + missing} pages do not lie where the probe wants them`);
  }

  async measure({ rounds, loads }: StepLoadSizes): Promise<StepLoads> {
    const idle: number[] = [];
    const busy: number[] = [];
    let writtenBytes = 0;
    let busyMs = 0;
    await this.#load(this.#streamed.length, []);
    for (let round = 0; round < rounds; round += 1) {
      await this.#load(loads, idle);
      const stop = this.#giveMeanwhile();
      await sleep(saturationMs);
      const before = this.#writtenBytes();
      const startMs = performance.now();
      await this.#load(loads, busy);
      writtenBytes += this.#writtenBytes() - before;
      busyMs += performance.now() - startMs;
      await stop();
      await this.#stack.flush();
    }
    return {
      idleP50Ms: quantile(idle, 0.5),
      idleP99Ms: quantile(idle, 0.99),
      busyP50Ms: quantile(busy, 0.5),
      busyP99Ms: quantile(busy, 0.99),
      loads: busy.length,
      writtenGigabytesPerSecond: writtenBytes / busyMs / 1e6,
    };
  }

  /** One after the other, as long as each took goes to `tookMs`. */
  async #load(loads: number, tookMs: number[]): Promise<void> {
    for (let load = 0; load < loads; load += 1) {
      const startMs = performance.now();
      await this.#loadOne(this.#streamed[this.#next]!);
      tookMs.push(performance.now() - startMs);
      this.#next = (this.#next + 1) % this.#streamed.length;
      await sleep(thinkMs);
    }
  }

  async #loadOne(handle: PageHandle): Promise<void> {
    const loaded = await this.#stack.load(handle, { priority: 'load' });
    if (loaded.kind !== 'hit') throw new Error(`a page could not be loaded: ${loaded.kind}`);
    this.#stack.doneWith(loaded.slot);
  }

  /** Gives the stack new pages as fast as it takes them, until the answer is called. */
  #giveMeanwhile(): () => Promise<void> {
    const underWay = new Set<Promise<unknown>>();
    let isOn = true;
    const turns = async (): Promise<void> => {
      while (isOn) {
        if (underWay.size >= givenMax) await Promise.race(underWay);
        const giving = this.#give();
        underWay.add(giving);
        void giving.finally(() => underWay.delete(giving));
        await nextTurn();
      }
      await Promise.all(underWay);
    };
    const ended = turns();
    return () => {
      isOn = false;
      return ended;
    };
  }

  async #giveMany(pages: number): Promise<PageId[]> {
    const ids: PageId[] = [];
    while (ids.length < pages) {
      const id = await this.#give();
      if (id === null) throw new Error('the stack does not take a page');
      ids.push(id);
    }
    await this.#stack.flush();
    return ids;
  }

  /** Null when the stack does not take it now. */
  async #give(): Promise<PageId | null> {
    const id = { block: blockKeyOf(this.#given), layer: 0 };
    const page = this.#given % this.#pages.count;
    this.#given += 1;
    const seal = { blockIndex: 0, checksum: this.#checksums[page]! };
    const reserved = await this.#stack.reserve(id, seal, never);
    if (reserved.kind !== 'room') return null;
    copyPage(this.#pages.view(page), reserved.room.view);
    const end = await reserved.room.complete();
    return end.kind === 'stored' ? id : null;
  }

  #hold(id: PageId): PageHandle {
    const held = this.#stack.hold(id);
    if (held.kind === 'missing') throw new Error('a page is gone that was just given');
    return held.handle;
  }

  #tiersOf({ block }: PageId): string {
    return this.#stack.explain(block)[0]?.tiers.join() ?? '';
  }

  #writtenBytes(): number {
    return this.#stack.stats().find(({ tier }) => tier === 'disk')?.storedBytes ?? 0;
  }
}

function blockKeyOf(number: number): BlockKey {
  return createHash('sha256').update(String(number)).digest('hex') as BlockKey;
}
