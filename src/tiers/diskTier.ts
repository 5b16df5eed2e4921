import { KvError } from '../core/errors.js';
import { pageKey } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { Disk, DiskOpen, DiskRead, DiskRemove, DiskWrite } from '../core/ports/disk.js';
import { pageChecksum } from '../transfer/checksum.js';
import { grown, int32Column, uint8Column } from './grown.js';
import {
  decodePageHeader,
  encodePageFormat,
  encodePageHeader,
  isSameFormat,
  type PageFormat,
} from './pageHeader.js';
import { ForeignRecords, type FoundPages } from './recordRows.js';
import { scanDisk } from './scanDisk.js';
import type {
  LoadLease,
  LoadStart,
  ReadOutcome,
  RemoveOutcome,
  StoredPage,
  StoreEnd,
  StoreLease,
  StoreStart,
  Tier,
} from './tier.js';

const state = { none: 0, writing: 1, whole: 2, removing: 3 } as const;

export interface DiskTierOptions {
  /** Not yet opened. */
  readonly disk: Disk;
  readonly budgetBytes: number;
  readonly format: PageFormat;
  /** Whether a layer's pages are this worker's. */
  readonly ownsLayer: (layer: number) => boolean;
  /** Told once, when a write or removal did not succeed and the tier takes no more pages. */
  readonly becameReadOnly: (reason: string) => void;
}

export interface DiskTierOpened {
  readonly opened: DiskOpen;
  /** Pages of this worker, deepest blocks first; give each a handle with `adopt`. */
  readonly found: FoundPages;
  /** Records that were damaged; they are removed. */
  readonly corrupt: number;
}

/**
 * Pages as records of a disk. A page read back is the page only if header and payload say so: identity,
 * format and both checksums. Records of other models count against the budget and go first.
 */
export class DiskTier implements Tier {
  readonly name = 'disk';
  readonly budgetBytes: number;
  /** Bytes that one page takes. */
  readonly footprintBytes: number;
  readonly #options: DiskTierOptions;
  readonly #disk: Disk;
  readonly #shared: Buffer;
  #foreign = new ForeignRecords();
  #foreignLeaving: Promise<void> = Promise.resolve();
  #state = new Uint8Array(256);
  #pins = new Int32Array(256);
  #usedBytes = 0;
  #pages = 0;
  #isReadOnly = false;

  constructor(options: DiskTierOptions) {
    this.#options = options;
    this.#disk = options.disk;
    this.#shared = encodePageFormat(options.format);
    this.budgetBytes = options.budgetBytes;
    this.footprintBytes = options.disk.footprintBytes(options.format.payloadBytes);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get pages(): number {
    return this.#pages;
  }

  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** Opens the disk and looks at every record in it. */
  async open(): Promise<DiskTierOpened> {
    const opened = await this.#disk.open();
    const { found, foreign, corruptKeys } = scanDisk(
      this.#disk,
      this.#options.format,
      this.#options.ownsLayer,
    );
    if (corruptKeys.length > 0) await this.#removeRecords(corruptKeys);
    this.#foreign = foreign;
    this.#usedBytes = foreign.bytes;
    this.#makeRoom(found.length * this.footprintBytes);
    await this.#foreignLeaving;
    const damaged = opened.kind === 'ready' ? opened.corrupt : 0;
    return { opened, found, corrupt: damaged + corruptKeys.length };
  }

  /** Knows a page that `open` found. The caller removes pages again while `usedBytes` is above the budget. */
  adopt(page: StoredPage): void {
    this.#set(page.handle, state.whole);
    this.#usedBytes += this.footprintBytes;
    this.#pages += 1;
  }

  has(page: StoredPage): boolean {
    return this.#stateOf(page) === state.whole;
  }

  prepareStore(page: StoredPage): StoreStart {
    if (this.#isReadOnly) return { kind: 'readOnly' };
    const now = this.#stateOf(page);
    if (now === state.writing || now === state.whole) return { kind: 'present' };
    if (now === state.removing || !this.#makeRoom(this.footprintBytes)) return { kind: 'full' };
    this.#usedBytes += this.footprintBytes;
    this.#set(page.handle, state.writing);
    const write = this.#disk.begin(pageKey(page.id), this.#options.format.payloadBytes);
    return { kind: 'ready', lease: new DiskStoreLease(page, write) };
  }

  async completeStore(lease: StoreLease, ok: boolean): Promise<StoreEnd> {
    if (!(lease instanceof DiskStoreLease)) throw foreignLease();
    const { page, record } = lease;
    if (!ok) {
      record.abort();
      this.#forget(page);
      return { kind: 'dropped' };
    }
    await this.#foreignLeaving;
    const { id, blockIndex, checksum } = page;
    const own = encodePageHeader({ id, blockIndex, checksum });
    const end = await record.publish({ shared: this.#shared, own });
    if (end.kind === 'published') {
      this.#set(page.handle, state.whole);
      this.#pages += 1;
      return { kind: 'stored' };
    }
    this.#forget(page);
    this.#turnReadOnly(
      end.kind === 'full' ? 'the medium is full' : `a write failed: ${messageOf(end.cause)}`,
    );
    return end;
  }

  prepareLoad(page: StoredPage): LoadStart {
    if (this.#stateOf(page) !== state.whole) return { kind: 'miss' };
    this.#pins = grown(this.#pins, page.handle, int32Column);
    this.#pins[page.handle]! += 1;
    return { kind: 'hit', lease: { page, read: (into) => this.#read(page, into) } };
  }

  completeLoad(lease: LoadLease): void {
    this.#pins[lease.page.handle]! -= 1;
  }

  async remove(page: StoredPage): Promise<RemoveOutcome> {
    if (this.#stateOf(page) !== state.whole) return { kind: 'absent' };
    if ((this.#pins[page.handle] ?? 0) > 0) return { kind: 'busy' };
    return this.#erase(page);
  }

  flush(): Promise<void> {
    return this.#disk.flush();
  }

  close(): Promise<void> {
    return this.#disk.close();
  }

  async #read(page: StoredPage, into: PageView): Promise<ReadOutcome> {
    const record = await this.#disk.read(pageKey(page.id), [into.k, into.v]);
    const outcome = this.#judge(page, record, into);
    const isGone = outcome.kind === 'miss' || outcome.kind === 'corrupt';
    // Of several readers that find it wrong, the first removes it.
    if (isGone && this.#stateOf(page) === state.whole) await this.#erase(page);
    return outcome;
  }

  #judge(page: StoredPage, record: DiskRead, into: PageView): ReadOutcome {
    if (record.kind === 'miss') return record;
    if (record.kind === 'failed') {
      const { cause } = record;
      const isCorrupt = cause instanceof KvError && cause.kind === 'corrupt';
      return isCorrupt ? { kind: 'corrupt', reason: cause.message } : record;
    }
    const decoded = decodePageHeader(pageKey(page.id), record.meta);
    if (decoded.kind === 'invalid') return { kind: 'corrupt', reason: decoded.reason };
    if (!isSameFormat(decoded.format, this.#options.format))
      return { kind: 'corrupt', reason: 'it is of another format' };
    const sum = pageChecksum(into);
    const isRight = sum === decoded.header.checksum && sum === page.checksum;
    return isRight ? { kind: 'read' } : { kind: 'corrupt', reason: 'the checksum of its payload is wrong' };
  }

  async #erase(page: StoredPage): Promise<DiskRemove> {
    this.#set(page.handle, state.removing);
    this.#pages -= 1;
    const end = await this.#removeRecords([pageKey(page.id)]);
    this.#forget(page);
    return end;
  }

  /** A record that cannot be removed takes room that is not counted, so nothing more is written. */
  async #removeRecords(keys: readonly Uint8Array[]): Promise<DiskRemove> {
    const end = await this.#disk.remove(keys);
    if (end.kind === 'failed') this.#turnReadOnly(`a removal failed: ${messageOf(end.cause)}`);
    return end;
  }

  /** Drops records of other models until `bytes` fit; false when they do not even then. */
  #makeRoom(bytes: number): boolean {
    const keys: Uint8Array[] = [];
    while (this.#usedBytes + bytes > this.budgetBytes) {
      const record = this.#foreign.pop();
      if (record === undefined) break;
      keys.push(record.key);
      this.#usedBytes -= record.bytes;
    }
    if (keys.length > 0) {
      const before = this.#foreignLeaving;
      this.#foreignLeaving = before.then(async () => {
        await this.#removeRecords(keys);
      });
    }
    return this.#usedBytes + bytes <= this.budgetBytes;
  }

  #turnReadOnly(reason: string): void {
    if (this.#isReadOnly) return;
    this.#isReadOnly = true;
    this.#options.becameReadOnly(reason);
  }

  #forget(page: StoredPage): void {
    this.#set(page.handle, state.none);
    this.#usedBytes -= this.footprintBytes;
  }

  #stateOf(page: StoredPage): number {
    return this.#state[page.handle] ?? state.none;
  }

  #set(handle: number, to: number): void {
    this.#state = grown(this.#state, handle, uint8Column);
    this.#state[handle] = to;
  }
}

class DiskStoreLease implements StoreLease {
  constructor(
    readonly page: StoredPage,
    readonly record: DiskWrite,
  ) {}

  write(from: PageView): void {
    this.record.write(from.k);
    this.record.write(from.v);
  }
}

function foreignLease(): KvError {
  return new KvError('internal', 'a lease of another tier was given to the disk tier');
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
