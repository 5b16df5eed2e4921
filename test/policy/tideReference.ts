import type { Eviction, RetentionPolicy } from '../../src/policy/policy.js';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import { TideAges } from '../../src/policy/tideAges.js';
import { TideHazard } from '../../src/policy/tideHazard.js';
import { TideIndex } from '../../src/policy/tideIndex.js';
import { blockRoles } from '../../src/policy/tideTraits.js';
import { Xorshift32 } from '../../src/policy/xorshift32.js';
import { type ReferenceBlock as Block, blockTraits } from './tideReferenceBlock.js';
import { type Sample, SamplesReference } from './tideSamplesReference.js';

/** tide with maps and arrays; the arithmetic of hazards, and the generator, are its own. */
export class TideReference implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #random = new Xorshift32(0x7469_6465);
  readonly #ages: TideAges;
  readonly #hazard = new TideHazard();
  readonly #index: TideIndex;
  readonly #blocks = new Map<number, Block>();
  /** By set, in no order. */
  #ghosts: Block[] = [];
  readonly #samples: SamplesReference;
  #pool: { readonly handle: number; readonly worth: number }[] = [];
  #capacity: number;
  #now = 0;
  #untilSample = 1;
  #learnings = 0;
  #sinceLearning = 0;
  #victims = 0;
  #end = 0;
  #request = -1;
  /** The deepest block of the request that hangs together with its first. */
  #tip: Block | null = null;
  #used = 0;
  #depth = 0;
  #newBlocks = 0;
  #goesOn = false;
  #last: Pick<Block, 'uses' | 'gap'> = { uses: 1, gap: 0 };
  #cutRequest = -1;
  #cutOff: number[] = [];

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#ages = new TideAges(capacity);
    this.#index = new TideIndex(this.#ages, this.#hazard);
    this.#samples = new SamplesReference(this.#ages, this.#hazard);
  }

  get ghostCount(): number {
    return this.#ghosts.length;
  }

  insert(handle: number): void {
    const ghost = this.#ghosts.find(({ key }) => key === this.#columns.keyLow[handle]);
    this.#ghosts = this.#ghosts.filter((other) => other !== ghost);
    const block: Block = {
      ...(ghost ?? { lastUse: 0, uses: 0, role: blockRoles.fresh, gap: 0, sample: null }),
      request: ghost?.request ?? { blocks: 1, newBlocks: 0, isOver: false },
      handle,
      key: this.#columns.keyLow[handle]!,
      depth: this.#columns.depth[handle]!,
      parent: null,
      isPooled: false,
    };
    this.#end = Math.max(this.#end, handle + 1);
    this.#blocks.set(handle, block);
    block.parent = this.#named(block);
    this.#begin(block);
    if (ghost === undefined) this.#usedFirst(block);
    else this.#usedAgain(block);
    if (this.#isCutOff(block) && this.#cutOff.length < 64) this.#cutOff.push(handle);
  }

  access(handle: number): void {
    const block = this.#blocks.get(handle)!;
    if (this.#columns.parent[handle]! >= 0) block.parent = this.#named(block);
    this.#begin(block);
    this.#usedAgain(block);
  }

  remove(handle: number): void {
    this.#leave(this.#blocks.get(handle)!);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const mayGo = [...this.#blocks.keys()].filter((handle) => !isProtected(handle));
    if (mayGo.length < count) return { kind: 'none' };
    const handles = Array.from({ length: count }, () => {
      const victim = this.#choose(isProtected);
      if (this.#columns.request[victim.handle] === this.#request) this.#cutRequest = this.#request;
      this.#leave(victim);
      const before = victim.parent;
      if (before !== null && this.#isLeaf(before) && !before.isPooled) this.#offer(before);
      return victim.handle;
    });
    return { kind: 'victims', handles };
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    const ghosts = this.#ghosts.toSorted((a, b) => a.lastUse - b.lastUse);
    this.#ghosts = [];
    for (const ghost of ghosts) this.#remember(ghost);
  }

  #named({ handle, depth }: Block): Block | null {
    const before = this.#blocks.get(this.#columns.parent[handle]!);
    return before !== undefined && before.depth + 1 === depth ? before : null;
  }

  #isLeaf(block: Block): boolean {
    return (
      this.#blocks.get(block.handle) === block &&
      ![...this.#blocks.values()].some(({ parent }) => parent === block)
    );
  }

  #worth(block: Block): number {
    return this.#index.worth(blockTraits(block), this.#now - block.lastUse);
  }

  #leave(block: Block): void {
    if (block === this.#tip) this.#tip = block.parent;
    this.#blocks.delete(block.handle);
    for (const other of this.#blocks.values()) if (other.parent === block) other.parent = null;
    this.#remember(block);
  }

  #remember(ghost: Block): void {
    const sets = Math.floor(Math.max(32_768, Math.floor(this.#capacity / 2)) / 5);
    const setOf = ({ key }: Block) => Math.floor(((Math.imul(key, 0x9e3779b1) >>> 0) / 2 ** 32) * sets);
    const others = this.#ghosts.filter((other) => setOf(other) === setOf(ghost));
    const [oldest] = others.toSorted((a, b) => a.lastUse - b.lastUse);
    if (others.length === 5 && oldest !== undefined) {
      if (oldest.sample !== null) this.#samples.close(oldest.sample, this.#now, false);
      this.#ghosts = this.#ghosts.filter((other) => other !== oldest);
    }
    this.#ghosts.push(ghost);
  }

  #begin(block: Block): void {
    const request = this.#columns.request[block.handle]!;
    if (request !== this.#request) {
      this.#finish();
      const before = block.parent;
      const isResumed = before !== null && this.#columns.request[before.handle] === request;
      this.#request = request;
      this.#tip = null;
      this.#used = 0;
      this.#newBlocks = 0;
      this.#goesOn = isResumed && (before.role === blockRoles.continued || before.role === blockRoles.added);
      if (isResumed) this.#last = { uses: Math.min(255, before.uses), gap: before.gap };
    }
    this.#now += 1;
    this.#used += 1;
  }

  #usedFirst(block: Block): void {
    this.#newBlocks += 1;
    block.role = this.#goesOn ? blockRoles.added : blockRoles.fresh;
    block.uses = this.#goesOn ? this.#last.uses : 1;
    block.gap = this.#goesOn ? this.#last.gap : 0;
    this.#note(block);
  }

  #usedAgain(block: Block): void {
    if (block.sample !== null) this.#samples.close(block.sample, this.#now, true);
    const { blocks } = block.request;
    this.#goesOn = block.depth > 0 && blocks - block.depth - 1 <= Math.max(1, blocks / 8);
    this.#newBlocks = 0;
    block.uses = Math.min(255, block.uses) + 1;
    block.gap = Math.min(15, 1 + Math.floor(this.#ages.bucketOf(this.#now - block.lastUse) / 4));
    block.role = blockRoles.shared;
    this.#last = { uses: block.uses, gap: block.gap };
    this.#note(block);
  }

  #note(block: Block): void {
    this.#depth = block.depth;
    block.lastUse = this.#now;
    block.request = { blocks: block.depth + 1, newBlocks: this.#newBlocks, isOver: false };
    block.sample = null;
    this.#untilSample -= 1;
    if (this.#untilSample === 0) block.sample = this.#open(block);
    const before = block.depth === 0 ? null : block.parent;
    if (before === this.#tip) this.#tip = block;
  }

  #finish(): void {
    const request = { blocks: this.#depth + 1, newBlocks: this.#newBlocks, isOver: true };
    let block = this.#tip;
    for (let left = this.#used; left > 0 && block !== null; left -= 1) {
      if (this.#columns.request[block.handle] !== this.#request) break;
      block.request = request;
      const isKnown = block.role === blockRoles.shared || block.role === blockRoles.continued;
      if (isKnown) block.role = this.#goesOn ? blockRoles.continued : blockRoles.shared;
      if (block.sample !== null) block.sample.traits = blockTraits(block);
      block = block.parent;
    }
  }

  #open(block: Block): Sample {
    const mean = Math.max(16, Math.ceil(this.#capacity / 1024));
    this.#untilSample = 1 + this.#random.below(2 * mean - 1);
    this.#sinceLearning += 1;
    if (this.#sinceLearning === Math.min(128, 16 + 2 * this.#learnings)) {
      this.#learnings += 1;
      this.#sinceLearning = 0;
      this.#samples.pass(this.#now);
      this.#hazard.learn();
      this.#index.renew();
    }
    return this.#samples.open(blockTraits(block), this.#now);
  }

  #isCutOff(block: Block): boolean {
    return (
      this.#columns.request[block.handle] === this.#cutRequest && block.depth > 0 && block.parent === null
    );
  }

  #choose(isProtected: (handle: number) => boolean): Block {
    while (this.#cutOff.length > 0) {
      const block = this.#blocks.get(this.#cutOff.pop()!);
      if (block !== undefined && this.#isLeaf(block) && this.#isCutOff(block) && !isProtected(block.handle))
        return block;
    }
    const pooled = this.#nextOfPool(isProtected);
    if (pooled !== null) return pooled;
    const free = [...this.#blocks.values()].filter(({ handle }) => !isProtected(handle));
    const leaves = free.filter((block) => this.#isLeaf(block));
    const [least] = (leaves.length > 0 ? leaves : free).toSorted(
      (a, b) => this.#worth(a) - this.#worth(b) || a.lastUse - b.lastUse,
    );
    return least!;
  }

  #nextOfPool(isProtected: (handle: number) => boolean): Block | null {
    this.#victims += 1;
    if (this.#victims % 64 === 0) {
      const handles = Array.from({ length: this.#pool.length }, () => this.#take()!);
      for (const block of handles.map((handle) => this.#blocks.get(handle))) {
        if (block !== undefined && this.#isLeaf(block) && !block.isPooled) this.#offer(block);
      }
    }
    this.#offerSome();
    for (let look = 0; look < 16; look += 1) {
      const handle = this.#take();
      if (handle === undefined) return null;
      const block = this.#blocks.get(handle);
      if (block === undefined || !this.#isLeaf(block)) continue;
      const worth = this.#worth(block);
      if (worth > (this.#pool[0]?.worth ?? Number.POSITIVE_INFINITY)) this.#offer(block, worth);
      else if (!isProtected(handle)) return block;
    }
    return null;
  }

  #offerSome(): void {
    let offers = 0;
    for (let run = 0; run < 8 && offers < 8; run += 1) {
      const first = 8 * this.#random.below(Math.ceil(this.#end / 8));
      for (let handle = first; handle < first + 8 && offers < 8; handle += 1) {
        const block = this.#blocks.get(handle);
        if (block === undefined || block.isPooled || !this.#isLeaf(block)) continue;
        offers += 1;
        this.#offer(block);
      }
    }
  }

  #take(): number | undefined {
    const handle = this.#pool.shift()?.handle;
    this.#unpool(handle);
    return handle;
  }

  #unpool(handle: number | undefined): void {
    const block = handle === undefined ? undefined : this.#blocks.get(handle);
    if (block !== undefined) block.isPooled = false;
  }

  #offer(block: Block, worth = this.#worth(block)): void {
    // Sorting is stable: of equals the one offered first stays first.
    const all = [...this.#pool, { handle: block.handle, worth }].toSorted((a, b) => a.worth - b.worth);
    block.isPooled = true;
    this.#pool = all.slice(0, 16);
    this.#unpool(all[16]?.handle);
  }
}
