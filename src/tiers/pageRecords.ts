import type { BlockKey } from '../core/blockKey.js';
import { type LayerRange, layerCount } from '../core/layerRange.js';
import type { PageId } from '../core/pageId.js';
import { BlockPins } from './blockPins.js';
import { BlockTable } from './blockTable.js';
import { BlockUses } from './blockUses.js';
import { grown, int16Column, int32Column, uint8Column, uint64Column } from './grown.js';
import { HandlePool } from './handlePool.js';
import type { ColumnHandles } from './lateColumns.js';
import { type PageHandle, pageHandle } from './pageHandle.js';
import { PageMass } from './pageMass.js';
import type { StoredPage } from './tier.js';

const nobody = -1;

/**
 * Dense handles for the pages of one worker and for their blocks, and what is known of each beside its
 * place: who holds it, whether it is old. Pages of a block in the worker's layer range belong together.
 * All of it lies in flat columns, about 30 bytes a page and 90 a block; a `StoredPage` is made when asked for.
 * A block has its handle as long as it has pages, or another one is known to follow it.
 */
export class PageRecords {
  /** By block. */
  readonly uses = new BlockUses();
  /** By page. */
  readonly mass = new PageMass();
  readonly pageHandles: ColumnHandles;
  readonly blockHandles: ColumnHandles;
  readonly #layers: LayerRange;
  readonly #layerCount: number;
  readonly #blocks = new BlockTable();
  readonly #handles = new HandlePool();
  readonly #pins = new BlockPins((key) => this.#blocks.find(key));
  // By page.
  #blockOf = new Int32Array(64);
  #holders = new Int32Array(64);
  #isOld = new Uint8Array(64);
  #pageDepth = new Int32Array(64);
  #pageLayer = new Int16Array(64);
  #checksums = new BigUint64Array(64);
  // By layer of the worker's range.
  readonly #heldInLayer: Int32Array;
  #held = 0;
  // By block.
  #pageAt = new Int32Array(64).fill(nobody);
  #blockPages = new Int32Array(64);
  #heldPages = new Int32Array(64);
  #blockDepth = new Int32Array(64);

  constructor(layers: LayerRange) {
    this.#layers = layers;
    this.#layerCount = layerCount(layers);
    this.#heldInLayer = new Int32Array(this.#layerCount);
    this.pageHandles = { end: () => this.#handles.end, isUsed: (page) => this.#blockOf[page] !== nobody };
    this.blockHandles = { end: () => this.#blocks.end, isUsed: (block) => this.#blockPages[block]! > 0 };
  }

  /** Layers that a block has pages of. */
  get layersServed(): number {
    return this.#layerCount;
  }

  /** Indexed by page. */
  get pageDepth(): Int32Array {
    return this.#pageDepth;
  }

  /** Indexed by page. */
  get pageLayer(): Int16Array {
    return this.#pageLayer;
  }

  /** Indexed by block. */
  get blockDepth(): Int32Array {
    return this.#blockDepth;
  }

  find({ block: key, layer }: PageId): PageHandle | undefined {
    const block = this.#blocks.find(key);
    if (block < 0 || layer < this.#layers.from || layer >= this.#layers.to) return undefined;
    const handle = this.#pageAt[this.#place(block, layer)]!;
    return handle === nobody ? undefined : pageHandle(handle);
  }

  findBlock(key: BlockKey): number | undefined {
    const block = this.#blocks.find(key);
    return block < 0 ? undefined : block;
  }

  /** A page that has a handle, as it is now. */
  page(handle: number): StoredPage {
    return {
      handle: pageHandle(handle),
      id: { block: this.#blocks.keyOf(this.blockOf(handle)), layer: this.layerOf(handle) },
      blockIndex: this.#pageDepth[handle]!,
      checksum: this.checksumOf(handle),
    };
  }

  /** The page under its handle; it is given one when it has none. */
  pageFor(id: PageId, blockIndex: number, checksum: bigint): StoredPage {
    return this.page(this.find(id) ?? this.add(id, blockIndex, checksum));
  }

  checksumOf(handle: number): bigint {
    return this.#checksums[handle]!;
  }

  layerOf(handle: number): number {
    return this.#pageLayer[handle]!;
  }

  /** Copies the 32 bytes of the key of the page's block. */
  copyKey(handle: number, into: Uint8Array, at: number): void {
    this.#blocks.copyKey(this.blockOf(handle), into, at);
  }

  /** 32 bits of the key of a block; word 0 is the first of 8. */
  keyWord(block: number, word: number): number {
    return this.#blocks.keyWord(block, word);
  }

  /** The page of the same layer in the block before, or -1 where it is not known. */
  pageBefore(handle: number): number {
    const parent = this.uses.parent[this.blockOf(handle)]!;
    return parent < 0 ? nobody : this.#pageAt[this.#place(parent, this.layerOf(handle))]!;
  }

  /** All pages that have a handle. */
  *all(): Iterable<PageHandle> {
    for (let handle = 0; handle < this.#handles.end; handle += 1) {
      if (this.#blockOf[handle] !== nobody) yield pageHandle(handle);
    }
  }

  /** Gives a page that has none a handle. */
  add(id: PageId, blockIndex: number, checksum: bigint): PageHandle {
    const handle = pageHandle(this.#handles.take());
    const known = this.#blocks.find(id.block);
    const block = known < 0 ? this.#addBlock(id.block, blockIndex) : known;
    this.#growPages(handle);
    this.#checksums[handle] = checksum;
    this.#blockOf[handle] = block;
    this.#holders[handle] = 0;
    this.#isOld[handle] = 0;
    this.#pageDepth[handle] = blockIndex;
    this.#pageLayer[handle] = id.layer;
    this.#pageAt[this.#place(block, id.layer)] = handle;
    this.#blockPages[block]! += 1;
    return handle;
  }

  /** The page's bytes are computed anew; the handle stays. */
  replace(handle: number, checksum: bigint): void {
    this.#checksums[handle] = checksum;
  }

  /** Forgets a page that nobody holds and no tier knows. */
  drop(handle: number): void {
    const block = this.blockOf(handle);
    this.#pageAt[this.#place(block, this.layerOf(handle))] = nobody;
    this.#blockOf[handle] = nobody;
    this.#handles.giveBack(handle);
    this.mass.forget(handle);
    this.#blockPages[block]! -= 1;
    if (this.#blockPages[block] !== 0) return;
    const parent = this.uses.unlink(block);
    if (parent !== nobody) this.#dropUnneeded(parent);
    this.#dropUnneeded(block);
  }

  blockOf(handle: number): number {
    return this.#blockOf[handle]!;
  }

  /** Calls `visit` for each page of the block, by layer. */
  forEachPage(block: number, visit: (handle: PageHandle) => void): void {
    for (let layer = 0; layer < this.#layerCount; layer += 1) {
      const handle = this.#pageAt[block * this.#layerCount + layer]!;
      if (handle !== nobody) visit(pageHandle(handle));
    }
  }

  everyPage(block: number, test: (handle: PageHandle) => boolean): boolean {
    for (let layer = 0; layer < this.#layerCount; layer += 1) {
      const handle = this.#pageAt[block * this.#layerCount + layer]!;
      if (handle !== nobody && !test(pageHandle(handle))) return false;
    }
    return true;
  }

  /** Whether a live sequence holds the page. */
  isHeld(handle: number): boolean {
    return this.#holders[handle]! > 0;
  }

  /** True when it was not held before. */
  hold(handle: number): boolean {
    this.#holders[handle]! += 1;
    if (this.#holders[handle] !== 1) return false;
    this.#countHeld(handle, 1);
    this.#isOld[handle] = 0;
    return true;
  }

  /** True when nobody holds it any more. */
  letGo(handle: number): boolean {
    this.#holders[handle]! -= 1;
    if (this.#holders[handle] !== 0) return false;
    this.#countHeld(handle, -1);
    return true;
  }

  /** Which part of all pages that live sequences hold lies in the page's layer. */
  heldShare(handle: number): number {
    return this.#heldInLayer[this.layerOf(handle) - this.#layers.from]! / Math.max(1, this.#held);
  }

  /** Whether it left the window of the last sequence that held it. */
  isOld(handle: number): boolean {
    return this.#isOld[handle] === 1;
  }

  markOld(handle: number): void {
    this.#isOld[handle] = 1;
  }

  /** Whether the block may not leave the worker: a live sequence or the coordinator wants it. */
  isBlockWanted(block: number): boolean {
    return this.#heldPages[block]! > 0 || this.#pins.has(block);
  }

  /** Whether the page itself may not leave the worker. */
  isWanted(handle: number): boolean {
    return this.isHeld(handle) || this.#pins.has(this.blockOf(handle));
  }

  setPinnedBlocks(keys: Iterable<BlockKey>): void {
    this.#pins.replace(keys);
  }

  #dropUnneeded(block: number): void {
    if (this.#blockPages[block] === 0 && !this.uses.hasFollowers(block)) this.#blocks.drop(block);
  }

  #countHeld(handle: number, change: 1 | -1): void {
    this.#heldPages[this.blockOf(handle)]! += change;
    this.#heldInLayer[this.layerOf(handle) - this.#layers.from]! += change;
    this.#held += change;
  }

  #addBlock(key: BlockKey, blockIndex: number): number {
    const block = this.#blocks.add(key);
    this.#growBlocks(block);
    this.#heldPages[block] = 0;
    this.#pins.add(key, block);
    this.#blockDepth[block] = blockIndex;
    this.uses.add(block);
    this.#pageAt.fill(nobody, block * this.#layerCount, (block + 1) * this.#layerCount);
    return block;
  }

  #place(block: number, layer: number): number {
    return block * this.#layerCount + layer - this.#layers.from;
  }

  #growPages(handle: number): void {
    this.#blockOf = grown(this.#blockOf, handle, int32Column);
    this.#holders = grown(this.#holders, handle, int32Column);
    this.#isOld = grown(this.#isOld, handle, uint8Column);
    this.#pageDepth = grown(this.#pageDepth, handle, int32Column);
    this.#pageLayer = grown(this.#pageLayer, handle, int16Column);
    this.#checksums = grown(this.#checksums, handle, uint64Column);
  }

  #growBlocks(block: number): void {
    this.#pageAt = grown(this.#pageAt, (block + 1) * this.#layerCount - 1, int32Column);
    this.#blockPages = grown(this.#blockPages, block, int32Column);
    this.#heldPages = grown(this.#heldPages, block, int32Column);
    this.#blockDepth = grown(this.#blockDepth, block, int32Column);
  }
}
