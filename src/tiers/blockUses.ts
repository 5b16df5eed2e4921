import { requestKinds } from '../policy/policyColumns.js';
import { float64Column, grown, int32Column, uint8Column, uint32Column } from './grown.js';
import type { PageRequest } from './pageRequest.js';

const unknown = -1;

/** Who used each block last, and which block it follows: 25 bytes a block, indexed by its handle. */
export class BlockUses {
  #parent = new Int32Array(64).fill(unknown);
  /** Blocks that follow it. */
  #followers = new Int32Array(64);
  #request = new Uint32Array(64);
  #kind = new Uint8Array(64);
  #requestTokens = new Uint32Array(64);
  #time = new Float64Array(64);
  #recomputeMs = 0;

  /** What computing a block anew takes, as a request told it last; 0 before that. */
  get recomputeMs(): number {
    return this.#recomputeMs;
  }

  get parent(): Int32Array {
    return this.#parent;
  }

  get request(): Uint32Array {
    return this.#request;
  }

  get kind(): Uint8Array {
    return this.#kind;
  }

  get requestTokens(): Uint32Array {
    return this.#requestTokens;
  }

  get time(): Float64Array {
    return this.#time;
  }

  /** The handle means a new block, of which nothing is known yet. */
  add(block: number): void {
    this.#parent = grown(this.#parent, block, int32Column);
    this.#followers = grown(this.#followers, block, int32Column);
    this.#request = grown(this.#request, block, uint32Column);
    this.#kind = grown(this.#kind, block, uint8Column);
    this.#requestTokens = grown(this.#requestTokens, block, uint32Column);
    this.#time = grown(this.#time, block, float64Column);
    this.#parent[block] = unknown;
    this.#followers[block] = 0;
    this.#request[block] = 0;
    this.#kind[block] = requestKinds.indexOf('blocks');
    this.#requestTokens[block] = 0;
    this.#time[block] = 0;
  }

  /**
   * @param request who uses it; null where nobody new does.
   * @returns whether it is the first use since that of another request.
   */
  write(block: number, request: PageRequest | null, nowMs: number): boolean {
    this.#time[block] = nowMs;
    if (request === null) return false;
    this.#recomputeMs = request.recomputeMs ?? this.#recomputeMs;
    const isFirst = this.#request[block] !== request.number;
    this.#request[block] = request.number;
    this.#kind[block] = requestKinds.indexOf(request.kind);
    this.#requestTokens[block] = request.promptTokens;
    return isFirst;
  }

  hasParent(block: number): boolean {
    return this.#parent[block] !== unknown;
  }

  hasFollowers(block: number): boolean {
    return this.#followers[block]! > 0;
  }

  /** The block follows `parent`, which keeps its handle until `unlink`. */
  link(block: number, parent: number): void {
    this.#parent[block] = parent;
    this.#followers[parent]! += 1;
  }

  /** The block is nowhere any more. @returns the block that it followed, or -1. */
  unlink(block: number): number {
    const parent = this.#parent[block]!;
    if (parent === unknown) return unknown;
    this.#parent[block] = unknown;
    this.#followers[parent]! -= 1;
    return parent;
  }
}
