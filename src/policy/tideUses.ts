import { copied } from './copied.js';
import { grownLength } from './growth.js';
import { leafBit, pooledBit } from './tideTraits.js';

const initialHandles = 256;

/**
 * When each cached block was used last, and its traits, in which a bit tells whether it is a leaf: neighbours lie side
 * by side, so that many are seen at the price of one. 8 bytes a handle.
 */
export class TideUses {
  readonly #capacity: number;
  /** Pairs of the number of the access that used the handle last, modulo 2^32, and its traits; 0 where it is not in. */
  #words = new Uint32Array(2 * initialHandles);
  #end = 0;

  /** @param capacity handles that are expected; more may come. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Handles from here on are not in. */
  get end(): number {
    return this.#end;
  }

  lastUse(handle: number): number {
    return this.#words[2 * handle]!;
  }

  /** 0 where the handle is not in. */
  traits(handle: number): number {
    return this.#words[2 * handle + 1]!;
  }

  isLeaf(handle: number): boolean {
    return (this.#words[2 * handle + 1]! & leafBit) !== 0;
  }

  /** Puts a handle in, as a leaf of which nothing is known. */
  add(handle: number): void {
    if (2 * handle >= this.#words.length) this.#grow(handle + 1);
    if (handle >= this.#end) this.#end = handle + 1;
    this.#words[2 * handle + 1] = leafBit;
  }

  remove(handle: number): void {
    this.#words[2 * handle + 1] = 0;
  }

  /** Whether the handle is a leaf that is not kept in mind as one of the next to go. */
  isFreeLeaf(handle: number): boolean {
    return (this.#words[2 * handle + 1]! & (leafBit | pooledBit)) === leafBit;
  }

  setFlag(handle: number, flag: number): void {
    this.#words[2 * handle + 1]! |= flag;
  }

  clearFlag(handle: number, flag: number): void {
    this.#words[2 * handle + 1]! &= ~flag;
  }

  /** A handle that is in was used; what it is otherwise stays as it is. */
  set(handle: number, lastUse: number, traits: number): void {
    this.#words[2 * handle] = lastUse;
    this.#words[2 * handle + 1] = traits | (this.#words[2 * handle + 1]! & (leafBit | pooledBit));
  }

  #grow(least: number): void {
    const length = grownLength(this.#words.length / 2, least, this.#capacity);
    this.#words = copied(this.#words, new Uint32Array(2 * length));
  }
}
