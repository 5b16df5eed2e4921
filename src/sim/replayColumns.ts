import { copied } from '../policy/copied.js';
import type { PolicyColumns } from '../policy/policyColumns.js';
import { type Trace, tokensOfBlock } from './trace.js';

/** Who gives handles to blocks. */
export interface HandleSource {
  /** All handles that were ever given are below. */
  readonly room: number;
  readonly parent: Int32Array;
  /** The block that the handle means, or meant last. */
  blockOf(handle: number): number;
}

/** What all blocks of one cache have in common. */
export interface BlockCosts {
  /** Bytes that a block takes. */
  readonly bytes: number;
  /** What bringing a block back from below would take, in ms; 0 where nothing is below. */
  readonly loadMs: number;
  /** What computing one token anew would take, in ms. */
  readonly recomputeMsPerToken: number;
}

/** Where a replay is about one cache and counts blocks. */
export const defaultBlockCosts: BlockCosts = { bytes: 1, loadMs: 0, recomputeMsPerToken: 0.1 };

/**
 * The columns of one cache in a replay. Most policies read few of them: what the trace tells of a block, or of
 * the request that used it last, takes no memory and no time until a policy reads it, and is written from then on.
 */
export class ReplayColumns implements PolicyColumns {
  request: Uint32Array;
  depth: Int32Array;
  tokens: Uint32Array;

  readonly #trace: Trace;
  readonly #handles: HandleSource;
  readonly #costs: BlockCosts;

  #keyLow: Uint32Array | null = null;
  #keyHigh: Uint32Array | null = null;
  #recomputeMs: Float32Array | null = null;

  #kind: Uint8Array | null = null;
  #requestTokens: Uint32Array | null = null;
  #time: Float64Array | null = null;

  #layer: Int16Array | null = null;
  #bytes: Uint32Array | null = null;
  #loadMs: Float32Array | null = null;

  constructor(trace: Trace, handles: HandleSource, costs: BlockCosts) {
    this.#trace = trace;
    this.#handles = handles;
    this.#costs = costs;
    this.request = new Uint32Array(handles.room);
    this.depth = new Int32Array(handles.room);
    this.tokens = new Uint32Array(handles.room);
  }

  get parent(): Int32Array {
    return this.#handles.parent;
  }

  get keyLow(): Uint32Array {
    const { keyLow } = this.#trace;
    const handles = this.#handles;
    this.#keyLow ??= this.#filled(new Uint32Array(this.#room), (handle) => keyLow[handles.blockOf(handle)]!);
    return this.#keyLow;
  }

  get keyHigh(): Uint32Array {
    const { keyHigh } = this.#trace;
    const handles = this.#handles;
    this.#keyHigh ??= this.#filled(
      new Uint32Array(this.#room),
      (handle) => keyHigh[handles.blockOf(handle)]!,
    );
    return this.#keyHigh;
  }

  get recomputeMs(): Float32Array {
    this.#recomputeMs ??= this.#filled(new Float32Array(this.#room), (handle) => this.#recomputeMsOf(handle));
    return this.#recomputeMs;
  }

  get kind(): Uint8Array {
    const { kind } = this.#trace;
    this.#kind ??= this.#filled(new Uint8Array(this.#room), (handle) => kind[this.#requestOf(handle)]!);
    return this.#kind;
  }

  get requestTokens(): Uint32Array {
    const { inputTokens } = this.#trace;
    this.#requestTokens ??= this.#filled(
      new Uint32Array(this.#room),
      (handle) => inputTokens[this.#requestOf(handle)]!,
    );
    return this.#requestTokens;
  }

  get time(): Float64Array {
    const { timeMs } = this.#trace;
    this.#time ??= this.#filled(new Float64Array(this.#room), (handle) => timeMs[this.#requestOf(handle)]!);
    return this.#time;
  }

  get layer(): Int16Array {
    this.#layer ??= new Int16Array(this.#room).fill(-1);
    return this.#layer;
  }

  get bytes(): Uint32Array {
    this.#bytes ??= new Uint32Array(this.#room).fill(this.#costs.bytes);
    return this.#bytes;
  }

  get loadMs(): Float32Array {
    this.#loadMs ??= new Float32Array(this.#room).fill(this.#costs.loadMs);
    return this.#loadMs;
  }

  /** The handle means this block from now on, which came with this request. */
  writeBlock(handle: number, block: number, request: number, depth: number): void {
    if (handle >= this.request.length) this.#grow();
    const { blockTokens, inputTokens } = this.#trace;
    this.depth[handle] = depth;
    this.tokens[handle] = tokensOfBlock(blockTokens, inputTokens[request]!, depth);
    if (this.#keyLow !== null) this.#keyLow[handle] = this.#trace.keyLow[block]!;
    if (this.#keyHigh !== null) this.#keyHigh[handle] = this.#trace.keyHigh[block]!;
    if (this.#recomputeMs !== null) this.#recomputeMs[handle] = this.#recomputeMsOf(handle);
    this.writeRequest(handle, request);
  }

  /** This request uses the handle's block. Requests are told by numbers from 1, since 0 is none. */
  writeRequest(handle: number, request: number): void {
    this.request[handle] = request + 1;
    if (this.#time !== null) this.#time[handle] = this.#trace.timeMs[request]!;
    if (this.#kind !== null) this.#kind[handle] = this.#trace.kind[request]!;
    if (this.#requestTokens !== null) this.#requestTokens[handle] = this.#trace.inputTokens[request]!;
  }

  /** Something of what is written of a block: whoever reads it has it in the processor's cache. */
  glance(block: number): number {
    return this.#keyLow === null ? 0 : this.#trace.keyLow[block]! ^ this.#trace.keyHigh[block]!;
  }

  get #room(): number {
    return this.request.length;
  }

  #requestOf(handle: number): number {
    return this.request[handle]! - 1;
  }

  #recomputeMsOf(handle: number): number {
    return this.tokens[handle]! * this.#costs.recomputeMsPerToken;
  }

  /** Writes what is to be told of every handle that has meant something. */
  #filled<T extends { [index: number]: number }>(column: T, of: (handle: number) => number): T {
    for (let handle = 0; handle < this.#room; handle += 1) {
      if (this.request[handle] !== 0) column[handle] = of(handle);
    }
    return column;
  }

  /** What can be told anew is dropped, and comes again when it is read. */
  #grow(): void {
    const { room } = this.#handles;
    this.request = copied(this.request, new Uint32Array(room));
    this.depth = copied(this.depth, new Int32Array(room));
    this.tokens = copied(this.tokens, new Uint32Array(room));
    this.#keyLow = null;
    this.#keyHigh = null;
    this.#recomputeMs = null;
    this.#kind = null;
    this.#requestTokens = null;
    this.#time = null;
    this.#layer = null;
    this.#bytes = null;
    this.#loadMs = null;
  }
}
