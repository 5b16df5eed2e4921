import { readSync } from 'node:fs';
import {
  checkPage,
  damaged,
  type LmdbMeta,
  type LmdbNode,
  type LmdbTree,
  noPage,
  pageHeaderBytes,
  readBranches,
  readLeaves,
} from './lmdbPage.js';

const depthMax = 32;
const firstTreePage = 2;

export type KeyOrder = (a: Buffer, b: Buffer) => number;

interface Found {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** Keys below a branch lie in `[from, to)`; undefined where there is no bound. */
interface Bounds {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

/**
 * Walks the trees of one snapshot of an LMDB file, reading tree pages only, and checks all that the file
 * says twice: page numbers, levels, order and bounds of keys, lengths, counts, and that no page has two uses.
 */
export class LmdbTreeWalk {
  readonly #fd: number;
  readonly #meta: LmdbMeta;
  readonly #used: Uint8Array;
  /** One buffer a level: a page is read anew for each visit, not kept. */
  readonly #buffers: Buffer[] = [];

  constructor(fd: number, meta: LmdbMeta) {
    this.#fd = fd;
    this.#meta = meta;
    this.#used = new Uint8Array(Math.ceil((meta.lastPage + 1) / 8));
  }

  /** Calls `visit` for every entry in order; its buffers are overwritten later. @throws KvError `corrupt`. */
  walk(tree: LmdbTree, order: KeyOrder, visit: (node: LmdbNode) => void): void {
    // Ours have plain keys that do not repeat; LMDB would end the process over other flags.
    if (tree.flags !== 0 && tree !== this.#meta.free) throw damaged('a tree has flags that we never set');
    if (tree.depth > depthMax) throw damaged('a tree is deeper than any can be');
    const found: Found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    if (tree.root !== noPage) {
      this.#visitPage(tree.root, tree.depth, { from: undefined, to: undefined }, order, visit, found);
    }
    const agrees =
      found.branchPages === tree.branchPages &&
      found.leafPages === tree.leafPages &&
      found.overflowPages === tree.overflowPages &&
      found.entries === tree.entries;
    if (!agrees)
      throw damaged(`a tree of ${tree.entries} entries holds ${found.entries}, or other pages than it says`);
  }

  /** Marks pages as used. @throws KvError `corrupt` when one is outside the file or has a use already. */
  claim(page: number, pages: number): void {
    if (page < firstTreePage || pages < 1 || page + pages - 1 > this.#meta.lastPage) {
      throw damaged(`pages ${page} to ${page + pages - 1} do not exist`);
    }
    for (let at = page; at < page + pages; at += 1) {
      const bit = 1 << (at & 7);
      if ((this.#used[at >> 3]! & bit) !== 0) throw damaged(`page ${at} has two uses`);
      this.#used[at >> 3]! |= bit;
    }
  }

  /** The bytes of a value, wherever it lies. */
  valueOf({ value, overflow, bytes }: LmdbNode): Buffer {
    if (value !== undefined) return value;
    const copy = Buffer.allocUnsafe(bytes);
    this.#readAt(overflow!.page, pageHeaderBytes, copy); // a node has its value or the pages of it
    return copy;
  }

  #visitPage(
    page: number,
    levels: number,
    bounds: Bounds,
    order: KeyOrder,
    visit: (node: LmdbNode) => void,
    found: Found,
  ): void {
    this.claim(page, 1);
    const bytes = this.#read(page, levels);
    checkPage(bytes, page, levels === 1, this.#meta.transaction);
    if (levels === 1) {
      found.leafPages += 1;
      this.#visitLeaf(bytes, bounds, order, visit, found);
      return;
    }
    found.branchPages += 1;
    const branches = readBranches(bytes);
    branches.forEach(({ key, child }, i) => {
      const from = i === 0 ? bounds.from : key; // the first key of a branch page means "all below"
      const to = branches[i + 1]?.key ?? bounds.to;
      if (i > 0) checkOrder(from, bounds, order);
      this.#visitPage(child, levels - 1, { from, to }, order, visit, found);
    });
  }

  #visitLeaf(
    bytes: Buffer,
    bounds: Bounds,
    order: KeyOrder,
    visit: (node: LmdbNode) => void,
    found: Found,
  ): void {
    let before: Buffer | undefined;
    for (const node of readLeaves(bytes)) {
      checkOrder(node.key, bounds, order);
      if (before !== undefined && order(before, node.key) >= 0)
        throw damaged('the keys of a tree page are out of order');
      before = node.key;
      if (node.overflow !== undefined) found.overflowPages += this.#claimOverflow(node);
      found.entries += 1;
      visit(node);
    }
  }

  #claimOverflow({ overflow, bytes }: LmdbNode): number {
    const { page, pages, transaction } = overflow!; // asked only for nodes that have one
    const needed = Math.ceil((bytes + pageHeaderBytes) / this.#meta.pageBytes);
    // A value that was replaced by a shorter one keeps its pages.
    if (pages < needed || transaction > this.#meta.transaction) throw damaged('a value has the wrong pages');
    this.claim(page, pages);
    return pages;
  }

  #read(page: number, level: number): Buffer {
    let buffer = this.#buffers[level];
    if (buffer === undefined) {
      buffer = Buffer.allocUnsafeSlow(this.#meta.pageBytes);
      this.#buffers[level] = buffer;
    }
    this.#readAt(page, 0, buffer);
    return buffer;
  }

  #readAt(page: number, offset: number, into: Buffer): void {
    const read = readSync(this.#fd, into, 0, into.length, page * this.#meta.pageBytes + offset);
    if (read !== into.length) throw damaged(`page ${page} is missing`);
  }
}

function checkOrder(key: Buffer | undefined, { from, to }: Bounds, order: KeyOrder): void {
  const inside =
    key !== undefined &&
    (from === undefined || order(from, key) <= 0) &&
    (to === undefined || order(key, to) < 0);
  if (!inside) throw damaged('a key stands in the wrong tree page');
}
