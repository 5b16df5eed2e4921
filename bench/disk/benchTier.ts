import { readFileSync } from 'node:fs';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import type { PageView } from '../../src/core/pageView.js';
import { MappedSlab } from '../../src/memory/mappedSlab.js';
import { DiskTier } from '../../src/tiers/diskTier.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { pageHandle } from '../../src/tiers/pageHandle.js';
import { pageFormat } from '../../src/tiers/pageHeader.js';
import type { StoredPage } from '../../src/tiers/tier.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { withDepth } from '../transfer/withDepth.js';
import { benchGeometry, benchNamespace, depth } from './diskSizes.js';

const gigabyte = 1e9;
/** Pages with bytes of their own; others repeat them. */
const contents = 16;

/** What moving pages took. */
export interface Moved {
  readonly gigabytesPerSecond: number;
  readonly cpuMsPerGigabyte: number;
  /** Bytes that came from the medium for each byte of a page. */
  readonly mediumReadShare: number;
}

/** A disk tier, as a worker has it, with the memory that pages move to and from. */
export class BenchTier {
  readonly tier: DiskTier;
  readonly #pageBytes: number;
  readonly #slab: MappedSlab;
  readonly #checksums: readonly bigint[];
  readonly #free = Array.from({ length: depth }, (_, i) => contents + i);

  private constructor(tier: DiskTier, bytesOfPage: number) {
    this.tier = tier;
    this.#pageBytes = bytesOfPage;
    this.#slab = MappedSlab.create((contents + depth) * bytesOfPage);
    const words = new Uint32Array(bytesOfPage / 4);
    this.#checksums = Array.from({ length: contents }, (_, content) => {
      for (let i = 0; i < words.length; i += 1) words[i] = Math.imul(i + content * 7919, 0x9e37_79b1);
      this.#slab.view(content * bytesOfPage, bytesOfPage).set(new Uint8Array(words.buffer));
      return pageChecksum(this.#view(content));
    });
  }

  /** Opens a tier in an empty folder; of pages of 2 MiB where nothing else is said. */
  static async open(folder: string, geometry: Geometry = benchGeometry): Promise<BenchTier> {
    const tier = new DiskTier({
      disk: new ExtentDisk(folder),
      budgetBytes: Number.MAX_SAFE_INTEGER,
      format: pageFormat(benchNamespace, geometry),
      ownsLayer: () => true,
      becameReadOnly: (reason) => {
        throw new KvError('unavailable', `the disk takes no more pages: ${reason}`);
      },
    });
    await tier.open();
    return new BenchTier(tier, pageBytes(geometry));
  }

  async store(number: number): Promise<void> {
    const start = this.tier.prepareStore(this.#page(number));
    if (start.kind !== 'ready') throw new KvError('internal', `page ${number} is ${start.kind}`);
    start.lease.write(this.#view(number % contents));
    const end = await this.tier.completeStore(start.lease, true);
    if (end.kind !== 'stored') throw new KvError('internal', `page ${number} was not stored: ${end.kind}`);
  }

  /** Reads into memory that is used again, checksum verified. At most `depth` at a time. */
  async load(number: number): Promise<void> {
    const start = this.tier.prepareLoad(this.#page(number));
    if (start.kind !== 'hit') throw new KvError('internal', `page ${number} is missing`);
    const into = this.#free.pop();
    if (into === undefined) throw new KvError('internal', `more than ${depth} pages are read at once`);
    const read = await start.lease.read(this.#view(into));
    this.#free.push(into);
    this.tier.completeLoad(start.lease);
    if (read.kind !== 'read') throw new KvError('internal', `page ${number} is ${read.kind}`);
  }

  async remove(number: number): Promise<void> {
    const { kind } = await this.tier.remove(this.#page(number));
    if (kind !== 'removed') throw new KvError('internal', `page ${number} is ${kind}`);
  }

  async close(): Promise<void> {
    await this.tier.close();
    this.#slab.close();
  }

  #page(number: number): StoredPage {
    return {
      handle: pageHandle(number),
      id: { block: number.toString(16).padStart(64, '0') as BlockKey, layer: 0 },
      blockIndex: number,
      checksum: this.#checksums[number % contents]!,
    };
  }

  #view(at: number): PageView {
    const half = this.#pageBytes / 2;
    const offset = at * this.#pageBytes;
    return { k: this.#slab.view(offset, half), v: this.#slab.view(offset + half, half) };
  }
}

/** Runs `work` for every index, `depth` at a time, and says what it took; each moves a page. */
export async function measureMoves(
  count: number,
  work: (index: number) => Promise<void>,
  bytesOfPage = pageBytes(benchGeometry),
): Promise<Moved> {
  const cpu = process.cpuUsage();
  const readBytes = mediumReadBytes();
  const startMs = performance.now();
  await withDepth(depth, count, work);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const gigabytes = (count * bytesOfPage) / gigabyte;
  return {
    gigabytesPerSecond: gigabytes / seconds,
    cpuMsPerGigabyte: (user + system) / 1000 / gigabytes,
    mediumReadShare: (mediumReadBytes() - readBytes) / (gigabytes * gigabyte),
  };
}

/** Bytes that this process made the system read from a medium. */
function mediumReadBytes(): number {
  return Number(/^read_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0);
}
