import { type BlockKey, blockKeyBytes } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { grown, uint32Column } from './grown.js';
import { HandlePool } from './handlePool.js';

const keyWords = blockKeyBytes / 4;
const empty = 0;
const firstPlaces = 256;
/** Odd numbers, one for each word of a key: who chooses keys still has to find what collides under all. */
const factors = [
  0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1, 0xd3a2646d, 0xfd7046c5, 0xb55a4f09,
];

/**
 * Dense handles for block keys, in a few flat arrays: 32 bytes for the key and 6 to 14 for finding it. Keys
 * are compared whole. Finding one allocates nothing.
 */
export class BlockTable {
  readonly #handles = new HandlePool();
  #keys = new Uint32Array(firstPlaces * keyWords);
  /** `#keys` as bytes. */
  #bytes = bytesOf(this.#keys);
  /** Handle + 1 of the key that hashes here, or to a place before it without a gap between; 0 for none. */
  #places = new Int32Array(firstPlaces);
  #size = 0;
  readonly #wanted = new Uint32Array(keyWords);
  readonly #wantedBytes = bytesOf(this.#wanted);

  /** Every handle in use is below this. */
  get end(): number {
    return this.#handles.end;
  }

  /** 32 bits of the key; word 0 is the first of 8. */
  keyWord(handle: number, word: number): number {
    return this.#keys[handle * keyWords + word]!;
  }

  /** The handle of the key, or -1. */
  find(key: BlockKey): number {
    if (this.#wantedBytes.write(key, 'hex') !== blockKeyBytes) return -1;
    const at = this.#placeOf(this.#wanted, 0);
    return this.#places[at]! - 1;
  }

  /** Gives a key that has none a handle. */
  add(key: BlockKey): number {
    const handle = this.#handles.take();
    if ((this.#size + 1) * 4 > this.#places.length * 3) this.#spread(2 * this.#places.length);
    const keys = grown(this.#keys, (handle + 1) * keyWords - 1, uint32Column);
    if (keys !== this.#keys) {
      this.#keys = keys;
      this.#bytes = bytesOf(keys);
    }
    if (this.#bytes.write(key, handle * blockKeyBytes, blockKeyBytes, 'hex') !== blockKeyBytes) {
      throw new KvError('internal', `a block key has ${2 * blockKeyBytes} hex digits, not ${key.length}`);
    }
    this.#places[this.#placeOf(this.#keys, handle)] = handle + 1;
    this.#size += 1;
    return handle;
  }

  drop(handle: number): void {
    const { length } = this.#places;
    let gap = this.#placeOf(this.#keys, handle);
    this.#places[gap] = empty;
    this.#size -= 1;
    this.#handles.giveBack(handle);
    // What stands behind the gap and could stand in it moves there, so that it is found without the gap.
    for (let at = (gap + 1) % length; this.#places[at] !== empty; at = (at + 1) % length) {
      const home = this.#hash(this.#keys, this.#places[at]! - 1);
      if ((at - home + length) % length < (at - gap + length) % length) continue;
      this.#places[gap] = this.#places[at]!;
      this.#places[at] = empty;
      gap = at;
    }
  }

  keyOf(handle: number): BlockKey {
    return this.#bytes.toString('hex', handle * blockKeyBytes, (handle + 1) * blockKeyBytes) as BlockKey; // what `add` wrote
  }

  /** Copies the 32 bytes of the key. */
  copyKey(handle: number, into: Uint8Array, at: number): void {
    this.#bytes.copy(into, at, handle * blockKeyBytes, (handle + 1) * blockKeyBytes);
  }

  /** Where key number `index` of `keys` is found, or would be put. */
  #placeOf(keys: Uint32Array, index: number): number {
    const { length } = this.#places;
    let at = this.#hash(keys, index);
    for (let found = this.#places[at]!; found !== empty; found = this.#places[at]!) {
      if (this.#isSame(keys, index, found - 1)) return at;
      at = at + 1 === length ? 0 : at + 1;
    }
    return at;
  }

  #isSame(keys: Uint32Array, index: number, handle: number): boolean {
    const one = index * keyWords;
    const other = handle * keyWords;
    for (let word = 0; word < keyWords; word += 1) {
      if (keys[one + word] !== this.#keys[other + word]) return false;
    }
    return true;
  }

  #hash(keys: Uint32Array, index: number): number {
    let sum = 0;
    for (let word = 0; word < keyWords; word += 1) {
      const mixed = Math.imul(keys[index * keyWords + word]! ^ sum, factors[word]!);
      sum = mixed ^ (mixed >>> 15);
    }
    return (sum >>> 0) & (this.#places.length - 1);
  }

  #spread(places: number): void {
    const before = this.#places;
    this.#places = new Int32Array(places);
    for (const found of before) {
      if (found !== empty) this.#places[this.#placeOf(this.#keys, found - 1)] = found;
    }
  }
}

function bytesOf(words: Uint32Array<ArrayBuffer>): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}
