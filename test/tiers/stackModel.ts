import { expect } from 'vitest';
import { pageName } from '../../src/core/pageId.js';
import type { Disk } from '../../src/core/ports/disk.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import { fetchPage, getPage, putPage, type StackUnderTest, sealPage, slotBytesNow } from './stackFixtures.js';
import { blockKeyOf, bytesOf } from './tierFixtures.js';

export interface Act {
  readonly kind:
    | 'seal'
    | 'hold'
    | 'letGo'
    | 'leaveWindow'
    | 'fetch'
    | 'done'
    | 'put'
    | 'putMeanwhile'
    | 'quit'
    | 'get'
    | 'getMeanwhile'
    | 'pinBlocks'
    | 'flush';
  readonly block: number;
  readonly layer: number;
}

interface Hold {
  readonly block: number;
  readonly layer: number;
  readonly handle: PageHandle;
}

interface Fetched extends Hold {
  readonly slot: number;
}

/** Pages that a step reads at once: fewer than there are staging slots, so that the next can always come. */
const fetchedMax = 3;

/** Plays calls against a stack and knows what must be true of it whatever it does inside. */
export class StackModel {
  readonly #under: StackUnderTest;
  readonly #disk: Disk;
  readonly #holds: Hold[] = [];
  readonly #fetched: Fetched[] = [];
  readonly #inventory = new Set<string>();
  readonly #meanwhile: Promise<unknown>[] = [];

  constructor(under: StackUnderTest, disk: Disk) {
    this.#under = under;
    this.#disk = disk;
    under.stack.onInventory(({ kind, page }) => {
      const name = pageName(page);
      expect(this.#inventory.has(name)).toBe(kind === 'removed');
      if (kind === 'added') this.#inventory.add(name);
      else this.#inventory.delete(name);
    });
  }

  async act({ kind, block, layer }: Act): Promise<void> {
    const { stack } = this.#under;
    const id = { block: blockKeyOf(block), layer };
    switch (kind) {
      case 'seal':
        return this.#seal(block, layer);
      case 'hold': {
        const held = stack.hold(id);
        expect(held.kind === 'held').toBe(this.#inventory.has(pageName(id)));
        if (held.kind === 'held') this.#holds.push({ block, layer, handle: held.handle });
        return;
      }
      case 'letGo':
      case 'leaveWindow': {
        const at = this.#holds.findIndex((hold) => hold.block === block && !this.#isFetched(hold.handle));
        const [hold] = at < 0 ? [] : this.#holds.splice(at, 1);
        if (hold === undefined) return;
        if (kind === 'letGo') stack.letGo(hold.handle);
        else stack.outOfWindow(hold.handle);
        return;
      }
      case 'fetch':
        return this.#fetch(this.#holds[(block * 3 + layer) % Math.max(1, this.#holds.length)]);
      case 'done':
        return this.#done();
      case 'put':
        return this.#put(block, layer);
      case 'putMeanwhile':
        this.#meanwhile.push(this.#put(block, layer));
        return;
      case 'quit':
        return this.#quit(this.#holds[(block * 3 + layer) % Math.max(1, this.#holds.length)]);
      case 'get': {
        const isThere = this.#inventory.has(pageName(id));
        expect(await this.#get(block, layer)).toBe(isThere ? 'hit' : 'miss');
        return;
      }
      case 'getMeanwhile':
        this.#meanwhile.push(this.#get(block, layer));
        return;
      case 'pinBlocks':
        return stack.setPinnedBlocks([blockKeyOf(block), blockKeyOf(layer)]);
      case 'flush':
        return stack.flush();
    }
  }

  /** What must be true after every call. */
  check(): void {
    const { stack } = this.#under;
    for (const { tier, usedBytes, budgetBytes } of stack.stats()) {
      expect(usedBytes, tier).toBeLessThanOrEqual(budgetBytes);
    }
    const disk = stack.stats().find(({ tier }) => tier === 'disk')!;
    if (disk.budgetBytes > 0) {
      let onMedium = 0;
      for (const { bytes } of this.#disk.scan()) onMedium += this.#disk.footprintBytes(bytes);
      expect(onMedium).toBeLessThanOrEqual(disk.budgetBytes);
    }
    for (const { block, layer } of this.#holds) {
      expect(stack.has({ block: blockKeyOf(block), layer }), `held page ${block}/${layer}`).toBe(true);
    }
    for (const { slot, block, layer } of this.#fetched) {
      expect(slotBytesNow(this.#under, slot)).toEqual(bytesOf(block, layer));
    }
  }

  /** Reads every held page once more, lets everything go, and closes. */
  async finish(): Promise<void> {
    const { stack } = this.#under;
    await Promise.all(this.#meanwhile);
    while (this.#fetched.length > 0) this.#done();
    for (const hold of this.#holds) {
      await this.#fetch(hold);
      this.#done();
    }
    const known = new Set([...stack.inventory()].map(pageName));
    expect(known).toEqual(this.#inventory);
    for (const { handle } of this.#holds.splice(0)) stack.letGo(handle);
    await stack.close();
  }

  async #seal(block: number, layer: number): Promise<void> {
    // A tail waits for hot pages that are in use; a step takes its tails before it reads.
    while (this.#fetched.length > 0) this.#done();
    const sealed = await sealPage(this.#under, block, layer);
    if (sealed.kind === 'full') return;
    this.#holds.push({ block, layer, handle: sealed.handle });
  }

  async #fetch(hold: Hold | undefined): Promise<void> {
    if (hold === undefined || this.#fetched.length >= fetchedMax) return;
    const loaded = await fetchPage(this.#under.stack, hold.handle);
    if (loaded.kind !== 'hit') throw new Error(`held page ${hold.block}/${hold.layer}: ${loaded.kind}`);
    this.#fetched.push({ ...hold, slot: loaded.slot });
  }

  async #put(block: number, layer: number): Promise<void> {
    const view = bytesOf(block, layer);
    const end = await putPage(this.#under.stack, { block: blockKeyOf(block), layer }, block, view);
    expect(['stored', 'present', 'full', 'throttled']).toContain(end.kind);
  }

  async #get(block: number, layer: number): Promise<string> {
    const got = await getPage(this.#under.stack, { block: blockKeyOf(block), layer });
    if (got.kind === 'hit') expect(got.view).toEqual(bytesOf(block, layer));
    expect(['hit', 'miss']).toContain(got.kind);
    return got.kind;
  }

  /** Two ask for a page and one of them gives up. */
  async #quit(hold: Hold | undefined): Promise<void> {
    if (hold === undefined || this.#fetched.length >= fetchedMax) return;
    const quit = new AbortController();
    const quitter = this.#under.stack.load(hold.handle, { priority: 'load', signal: quit.signal });
    const fetched = this.#fetch(hold);
    quit.abort();
    const loaded = await quitter;
    if (loaded.kind === 'hit') this.#under.stack.doneWith(loaded.slot);
    await fetched;
  }

  #done(): void {
    const fetched = this.#fetched.shift();
    if (fetched !== undefined) this.#under.stack.doneWith(fetched.slot);
  }

  #isFetched(handle: PageHandle): boolean {
    return this.#fetched.some((fetched) => fetched.handle === handle);
  }
}
