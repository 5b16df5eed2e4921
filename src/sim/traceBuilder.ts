import { KvError } from '../core/errors.js';
import { requestKinds } from '../policy/policyColumns.js';
import { BlockNumbers } from './blockNumbers.js';
import { Growing, shared } from './growing.js';
import { keyOfNumber } from './keyOfNumber.js';
import type { Trace, TraceRequest } from './trace.js';

/** What a trace can hold at most: offsets and block numbers are 32-bit numbers. */
const accessesMax = 2 ** 32 - 1;
const tokensMax = 2 ** 32 - 1;
const hexKey = /^[0-9a-f]{16}$/;

/** Collects requests into a trace. A request that is refused leaves no mark. */
export class TraceBuilder {
  readonly #blockTokens: number;
  readonly #numbers = new BlockNumbers();
  readonly #timeMs = new Growing(Float64Array);
  readonly #inputTokens = new Growing(Uint32Array);
  readonly #outputTokens = new Growing(Uint32Array);
  readonly #kind = new Growing(Uint8Array);
  readonly #firstAccess = new Growing(Uint32Array);
  readonly #blocks = new Growing(Uint32Array);
  #lastMs = Number.NEGATIVE_INFINITY;
  #hasKeys: boolean | null = null;

  /** @param blockTokens tokens of a full block. */
  constructor(blockTokens: number) {
    this.#blockTokens = blockTokens;
  }

  get requests(): number {
    return this.#timeMs.length;
  }

  /**
   * @throws KvError `invalid` when time goes backwards, an id is no whole number from 0 to 2^53 - 1 and no
   * key, ids and keys are mixed, or a number of tokens is none.
   */
  add(request: TraceRequest): void {
    this.#check(request);
    const { timeMs, inputTokens, outputTokens, kind, blocks } = request;
    this.#lastMs = timeMs;
    this.#firstAccess.push(this.#blocks.length);
    this.#timeMs.push(timeMs);
    this.#inputTokens.push(inputTokens);
    this.#outputTokens.push(outputTokens);
    this.#kind.push(requestKinds.indexOf(kind));
    for (const id of blocks) this.#blocks.push(this.#numberOf(id));
  }

  /** The trace of all requests so far. */
  build(): Trace {
    const uniqueBlocks = this.#numbers.count;
    const keys = this.#keys();
    const firstAccess = shared(Uint32Array, this.requests + 1);
    firstAccess.set(this.#firstAccess.view());
    firstAccess[this.requests] = this.#blocks.length;
    return {
      requests: this.requests,
      timeMs: this.#timeMs.shared(),
      inputTokens: this.#inputTokens.shared(),
      outputTokens: this.#outputTokens.shared(),
      kind: this.#kind.shared(),
      firstAccess,
      blocks: this.#blocks.shared(),
      uniqueBlocks,
      ...keys,
      blockTokens: this.#blockTokens,
    };
  }

  #check({ timeMs, inputTokens, outputTokens, blocks }: TraceRequest): void {
    if (!Number.isFinite(timeMs)) throw new KvError('invalid', `the time ${timeMs} is no number of ms`);
    if (timeMs < this.#lastMs) {
      throw new KvError('invalid', `time goes backwards, from ${this.#lastMs} to ${timeMs} ms`);
    }
    for (const tokens of [inputTokens, outputTokens]) {
      if (Number.isInteger(tokens) && tokens >= 0 && tokens <= tokensMax) continue;
      throw new KvError('invalid', `${tokens} is no number of tokens`);
    }
    if (this.#blocks.length + blocks.length > accessesMax) {
      throw new KvError('exhausted', `a trace has at most ${accessesMax} accesses`);
    }
    let hasKeys = this.#hasKeys;
    for (const id of blocks) {
      const isKey = typeof id === 'string';
      if (isKey ? !hexKey.test(id) : !(Number.isSafeInteger(id) && id >= 0)) {
        throw new KvError('invalid', `the block id ${id} is no whole number from 0 to 2^53 - 1`);
      }
      hasKeys ??= isKey;
      if (hasKeys !== isKey) throw new KvError('invalid', 'block ids are all numbers or all keys, not both');
    }
    this.#hasKeys = hasKeys;
  }

  #numberOf(id: number | string): number {
    if (typeof id === 'number') return this.#numbers.numberOf(id >>> 0, Math.floor(id / 2 ** 32));
    return this.#numbers.numberOf(Number.parseInt(id.slice(8), 16), Number.parseInt(id.slice(0, 8), 16));
  }

  /** Keys are taken as they are. Numbers tell nothing but which is which: theirs come from the order of appearance. */
  #keys(): { keyLow: Uint32Array; keyHigh: Uint32Array } {
    const { low, high } = this.#numbers.ids();
    const keyLow = shared(Uint32Array, low.length);
    const keyHigh = shared(Uint32Array, low.length);
    if (this.#hasKeys === true) {
      keyLow.set(low);
      keyHigh.set(high);
      return { keyLow, keyHigh };
    }
    for (let number = 0; number < low.length; number += 1) {
      const key = keyOfNumber(number);
      keyLow[number] = key.low;
      keyHigh[number] = key.high;
    }
    return { keyLow, keyHigh };
  }
}
