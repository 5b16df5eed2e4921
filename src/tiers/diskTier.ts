import { KvError } from '../core/errors.js';
import { pageKey } from '../core/pageId.js';
import type { Disk, DiskOpen, DiskRemove } from '../core/ports/disk.js';
import type { DiskCodecs } from './codec/diskCodecs.js';
import type { PageCodec } from './codec/pageCodec.js';
import { DiskForms } from './diskForms.js';
import { DiskHealth, messageOf } from './diskHealth.js';
import { DiskStoreLease } from './diskStoreLease.js';
import { grown, int32Column, uint8Column, uint16Column } from './grown.js';
import type { LossyCopy } from './lossyCopy.js';
import type { PageCiphers } from './pageCipher.js';
import type { PageFormat } from './pageHeader.js';
import { ForeignRecords, type FoundPages } from './recordRows.js';
import { scanDisk } from './scanDisk.js';
import type {
  EncodedRead,
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
  /** How pages are encoded; without it they are stored as they are. */
  readonly codecs?: DiskCodecs;
  /** How pages of some tenants are encrypted; without it none is. */
  readonly ciphers?: PageCiphers;
  /** Whether a layer's pages are this worker's. */
  readonly ownsLayer: (layer: number) => boolean;
  /** Told when a write or removal did not succeed, and the tier takes no more pages until it recovers. */
  readonly becameReadOnly: (reason: string) => void;
}

export interface DiskTierOpened {
  readonly opened: DiskOpen;
  /** Pages of this worker, deepest blocks first; give each a handle with `adopt`. */
  readonly found: FoundPages;
  /** Records that were damaged; they are removed. */
  readonly corrupt: number;
}

const asTheyAre: DiskCodecs = { write: null, writeLossy: null, read: [] };

/**
 * Pages as records of a disk. A page read back is the page only if header and payload say so: identity,
 * format and both checksums. Records of other models, and of codecs that lose more than the tier's, count
 * against the budget and go first.
 */
export class DiskTier implements Tier {
  readonly name = 'disk';
  readonly budgetBytes: number;
  /** Bytes that one page takes at most. */
  readonly footprintBytes: number;
  readonly #options: DiskTierOptions;
  readonly #disk: Disk;
  readonly #forms: DiskForms;
  #foreign = new ForeignRecords();
  /** Keys that were written while there were foreign records, which may have had the same. */
  readonly #replaced = new Set<string>();
  #foreignLeaving: Promise<void> = Promise.resolve();
  #state = new Uint8Array(256);
  #form = new Uint16Array(256);
  #pins = new Int32Array(256);
  #usedBytes = 0;
  #pages = 0;
  /** Pages that take room: whole, coming or going. */
  #taken = 0;
  readonly #health: DiskHealth;

  constructor(options: DiskTierOptions) {
    this.#options = options;
    this.#disk = options.disk;
    const { disk, format, codecs = asTheyAre, ciphers } = options;
    this.#forms = new DiskForms(disk, format, codecs, ciphers);
    this.#health = new DiskHealth(options.disk, options.becameReadOnly);
    this.budgetBytes = options.budgetBytes;
    this.footprintBytes = this.#forms.footprintBytesMax;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get pages(): number {
    return this.#pages;
  }

  /** Pages that fit: those that are here, and as many more as are sure to. */
  get capacityPages(): number {
    const freeBytes = this.budgetBytes - this.#usedBytes + this.#foreign.bytes;
    return this.#taken + Math.floor(freeBytes / this.footprintBytes);
  }

  get isReadOnly(): boolean {
    return this.#health.isReadOnly;
  }

  /** Tries what failed before. @returns whether the tier takes pages again. */
  recover(): Promise<boolean> {
    return this.#health.recover();
  }

  /** Opens the disk and looks at every record in it. */
  async open(): Promise<DiskTierOpened> {
    const opened = await this.#disk.open();
    const { found, foundBytes, foreign, corruptKeys } = scanDisk(
      this.#disk,
      (format) => this.#forms.formOf(format),
      this.#options.ownsLayer,
    );
    if (corruptKeys.length > 0) await this.#health.remove(corruptKeys);
    this.#foreign = foreign;
    this.#usedBytes = foreign.bytes;
    this.#makeRoom(foundBytes);
    await this.#foreignLeaving;
    const damaged = opened.kind === 'ready' ? opened.corrupt : 0;
    return { opened, found, corrupt: damaged + corruptKeys.length };
  }

  /**
   * Knows a page that `open` found. The caller removes pages again while `usedBytes` is above the budget.
   * @param form as `open` said.
   */
  adopt(page: StoredPage, form = 0): void {
    this.#set(page.handle, state.whole);
    this.#take(page.handle, form);
    this.#pages += 1;
  }

  has(page: StoredPage): boolean {
    return this.#stateOf(page) === state.whole;
  }

  prepareStore(page: StoredPage): StoreStart {
    if (this.#health.isReadOnly) return { kind: 'readOnly' };
    const now = this.#stateOf(page);
    if (now === state.writing || now === state.whole) return { kind: 'present' };
    if (now === state.removing || !this.#makeRoom(this.footprintBytes)) return { kind: 'full' };
    if (this.#foreign.bytes > 0) this.#replaced.add(keyText(pageKey(page.id)));
    this.#set(page.handle, state.writing);
    this.#take(page.handle, this.#forms.largestForm);
    return { kind: 'ready', lease: new DiskStoreLease(page) };
  }

  /** As the lease's `write`, of a copy that lost bits in another tier. */
  writeLossy(lease: StoreLease, from: LossyCopy): void {
    if (!(lease instanceof DiskStoreLease)) throw foreignLease();
    lease.from = from;
  }

  async completeStore(lease: StoreLease, ok: boolean): Promise<StoreEnd> {
    if (!(lease instanceof DiskStoreLease)) throw foreignLease();
    const { page, from } = lease;
    if (!ok || from === null) {
      this.#forget(page);
      return { kind: 'dropped' };
    }
    await this.#foreignLeaving;
    // A record of the same key that could not be removed is removed later, and would take the new one with it.
    if (this.#health.isReadOnly) {
      this.#forget(page);
      return { kind: 'dropped' };
    }
    const end =
      'kind' in from ? await this.#forms.writeLossy(page, from) : await this.#forms.write(page, from);
    if (end.kind === 'published') {
      this.#set(page.handle, state.whole);
      this.#usedBytes += this.#forms.footprintOf(end.form) - this.footprintBytes;
      this.#form[page.handle] = end.form;
      this.#pages += 1;
      return { kind: 'stored' };
    }
    this.#forget(page);
    this.#health.turnReadOnly(
      end.kind === 'full' ? 'the medium is full' : `a write failed: ${messageOf(end.cause)}`,
    );
    return end;
  }

  prepareLoad(page: StoredPage): LoadStart {
    if (this.#stateOf(page) !== state.whole) return { kind: 'miss' };
    this.#pins = grown(this.#pins, page.handle, int32Column);
    this.#pins[page.handle]! += 1;
    return {
      kind: 'hit',
      lease: { page, read: (into) => this.#readBy(page, (form) => this.#forms.read(page, form, into)) },
    };
  }

  completeLoad(lease: LoadLease): void {
    this.#pins[lease.page.handle]! -= 1;
  }

  /** Whether the page lies here as the codec makes it, so that `readEncoded` can read it. */
  isMadeBy({ handle }: StoredPage, codec: PageCodec): boolean {
    return this.#forms.isMadeBy(this.#form[handle]!, codec);
  }

  /** As the lease's `read`, of a page as it lies. @param into as long as its codec makes it. */
  readEncoded({ page }: LoadLease, into: Uint8Array): Promise<EncodedRead> {
    return this.#readBy(page, (form) => this.#forms.readEncoded(page, form, into));
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

  async #readBy<T extends EncodedRead | ReadOutcome>(
    page: StoredPage,
    read: (form: number) => Promise<T>,
  ): Promise<T> {
    const outcome = await read(this.#form[page.handle]!);
    const isGone = outcome.kind === 'miss' || outcome.kind === 'corrupt';
    // Of several readers that find it wrong, the first removes it.
    if (isGone && this.#stateOf(page) === state.whole) await this.#erase(page);
    return outcome;
  }

  async #erase(page: StoredPage): Promise<DiskRemove> {
    this.#set(page.handle, state.removing);
    this.#pages -= 1;
    const end = await this.#health.remove([pageKey(page.id)]);
    this.#forget(page);
    return end;
  }

  /** Drops records of other models until `bytes` fit; false when they do not even then. */
  #makeRoom(bytes: number): boolean {
    const keys: Uint8Array[] = [];
    while (this.#usedBytes + bytes > this.budgetBytes) {
      const record = this.#foreign.pop();
      if (record === undefined) break;
      this.#usedBytes -= record.bytes;
      // Its place in the index belongs to a page of ours by now.
      if (!this.#replaced.has(keyText(record.key))) keys.push(record.key);
    }
    if (this.#foreign.bytes === 0) this.#replaced.clear();
    if (keys.length > 0) {
      const before = this.#foreignLeaving;
      this.#foreignLeaving = before.then(async () => {
        await this.#health.remove(keys);
      });
    }
    return this.#usedBytes + bytes <= this.budgetBytes;
  }

  #take(handle: number, form: number): void {
    this.#form = grown(this.#form, handle, uint16Column);
    this.#form[handle] = form;
    this.#usedBytes += this.#forms.footprintOf(form);
    this.#taken += 1;
  }

  #forget(page: StoredPage): void {
    this.#set(page.handle, state.none);
    this.#usedBytes -= this.#forms.footprintOf(this.#form[page.handle]!);
    this.#taken -= 1;
  }

  #stateOf(page: StoredPage): number {
    return this.#state[page.handle] ?? state.none;
  }

  #set(handle: number, to: number): void {
    this.#state = grown(this.#state, handle, uint8Column);
    this.#state[handle] = to;
  }
}

function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}

function foreignLease(): KvError {
  return new KvError('internal', 'a lease of another tier was given to the disk tier');
}
