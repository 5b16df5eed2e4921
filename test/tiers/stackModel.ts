import { expect } from 'vitest';
import { pageName } from '../../src/core/pageId.js';
import { copyPage, type PageView } from '../../src/core/pageView.js';
import type { Disk } from '../../src/core/ports/disk.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import type { PageRequest } from '../../src/tiers/pageRequest.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { PageLoan, PageRoom } from '../../src/transfer/pageHost.js';
import { fetchPage, getPage, putPage, type StackUnderTest, sealPage, slotBytesNow } from './stackFixtures.js';
import { blockKeyOf, bytesOf, numberOf } from './tierFixtures.js';

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
    | 'borrow'
    | 'giveBack'
    | 'reserve'
    | 'complete'
    | 'spoil'
    | 'abandon'
    | 'raise'
    | 'remove'
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

interface Room extends Pick<Hold, 'block' | 'layer'> {
  readonly room: PageRoom;
}

/** Pages that a step reads at once: fewer than there are staging slots, so that the next can always come. */
const fetchedMax = 3;
const loansMax = 4;
const roomsMax = 3;
const never = new AbortController().signal;

/** Plays calls against a stack and knows what must be true of it whatever it does inside. */
export class StackModel {
  readonly #under: StackUnderTest;
  readonly #disk: Disk;
  readonly #mayBe: (block: number, layer: number) => readonly PageView[];
  readonly #holds: Hold[] = [];
  readonly #fetched: Fetched[] = [];
  readonly #loans: PageLoan[] = [];
  readonly #rooms: Room[] = [];
  /** Who seals and holds pages now. */
  #request: PageRequest;
  #pinnedBlocks: readonly number[] = [];
  readonly #inventory = new Set<string>();
  readonly #meanwhile: Promise<unknown>[] = [];

  /** @param mayBe every page that page (block, layer) may have become; the one that was sealed where none is lost. */
  constructor(
    under: StackUnderTest,
    disk: Disk,
    mayBe = (block: number, layer: number): readonly PageView[] => [bytesOf(block, layer)],
  ) {
    this.#under = under;
    this.#request = under.stack.request('decode');
    this.#disk = disk;
    this.#mayBe = mayBe;
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
        this.#request = stack.request('decode');
        const held = stack.hold(id, this.#request);
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
      case 'borrow':
        return this.#borrow(block, layer);
      case 'giveBack':
        return this.#loans.shift()?.giveBack();
      case 'reserve':
        return this.#reserve(block, layer);
      case 'complete':
      case 'spoil':
        return this.#complete(kind === 'complete');
      case 'abandon':
        return this.#rooms.shift()?.room.abandon();
      case 'raise':
        this.#meanwhile.push(this.#raise(block, layer));
        return;
      case 'remove':
        return this.#remove(block, layer);
      case 'pinBlocks':
        this.#pinnedBlocks = [block, layer];
        return stack.setPinnedBlocks(this.#pinnedBlocks.map(blockKeyOf));
      case 'flush':
        await stack.flush();
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
      expect(this.#mayBe(block, layer)).toContainEqual(slotBytesNow(this.#under, slot));
    }
    for (const { id, view, checksum, sharedSlot, generation } of this.#loans) {
      expect(this.#mayBe(numberOf(id.block), id.layer)).toContainEqual(view);
      expect(pageChecksum(view)).toBe(checksum);
      if (sharedSlot >= 0) expect(this.#under.pinnedSlab!.generation(sharedSlot)).toBe(generation);
    }
  }

  /** Reads every held page once more, lets everything go, and closes. */
  async finish(): Promise<void> {
    const { stack } = this.#under;
    await Promise.all(this.#meanwhile);
    while (this.#fetched.length > 0) this.#done();
    for (const loan of this.#loans.splice(0)) loan.giveBack();
    for (const { room } of this.#rooms.splice(0)) room.abandon();
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
    for (const loan of this.#loans.filter(({ sharedSlot }) => sharedSlot < 0)) {
      this.#loans.splice(this.#loans.indexOf(loan), 1);
      loan.giveBack();
    }
    const sealed = await sealPage(this.#under, block, layer, this.#request);
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
    if (got.kind === 'hit') {
      expect(this.#mayBe(block, layer)).toContainEqual(got.view);
      expect(pageChecksum(got.view)).toBe(got.checksum);
    }
    expect(['hit', 'miss']).toContain(got.kind);
    return got.kind;
  }

  async #borrow(block: number, layer: number): Promise<void> {
    if (this.#loans.length >= loansMax) return;
    const id = { block: blockKeyOf(block), layer };
    const wasThere = this.#inventory.has(pageName(id));
    const borrowed = await this.#under.stack.borrow(id, never);
    if (borrowed.kind === 'borrowed') this.#loans.push(borrowed.loan);
    expect(borrowed.kind).toBe(wasThere ? 'borrowed' : 'miss');
  }

  async #reserve(block: number, layer: number): Promise<void> {
    if (this.#rooms.length >= roomsMax) return;
    const id = { block: blockKeyOf(block), layer };
    const checksum = pageChecksum(bytesOf(block, layer));
    const wasThere = this.#inventory.has(pageName(id));
    const reserved = await this.#under.stack.reserve(id, { blockIndex: block, checksum }, never);
    if (reserved.kind === 'room') this.#rooms.push({ block, layer, room: reserved.room });
    expect(reserved.kind === 'present').toBe(wasThere);
  }

  async #complete(isRight: boolean): Promise<void> {
    const taken = this.#rooms.shift();
    if (taken === undefined) return;
    const { block, layer, room } = taken;
    copyPage(bytesOf(isRight ? block : block + 1, layer), room.view);
    const end = await room.complete();
    expect(isRight ? ['stored', 'full'] : ['corrupt']).toContain(end.kind);
  }

  async #raise(block: number, layer: number): Promise<void> {
    const end = await this.#under.stack.raise({ block: blockKeyOf(block), layer }, 'prefetch', never);
    expect(['raised', 'here', 'miss', 'full']).toContain(end.kind);
  }

  async #remove(block: number, layer: number): Promise<void> {
    const id = { block: blockKeyOf(block), layer };
    const wasThere = this.#inventory.has(pageName(id));
    const isHeld = this.#holds.some((hold) => hold.block === block && hold.layer === layer);
    const end = await this.#under.stack.remove(id);
    if (wasThere && (isHeld || this.#pinnedBlocks.includes(block))) expect(end.kind).toBe('held');
    if (wasThere) expect(end.kind).not.toBe('absent');
    if (end.kind === 'removed') expect(wasThere).toBe(true);
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
