import type { NamespaceId } from '../core/namespace.js';
import type { LineSink } from '../core/ports/lineSink.js';
import { KeyTable } from '../policy/keyTable.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { RetentionPolicy } from '../policy/policy.js';
import { recordedRetention } from '../policy/recordedRetention.js';
import type { PageRecords } from './pageRecords.js';
import type { PageRequest } from './pageRequest.js';
import type { LowerTierName } from './tableEvents.js';
import type { UseListener } from './useListener.js';

/** Requests that are under way at once and whose blocks are remembered; of more, what came first is left out. */
const openRequestsMax = 4096;
/** Blocks that get a number; a request that uses others is left out. Some 20 bytes each. */
const numberedBlocksMax = 2 ** 20;
/** Hex digits of the namespace and of keys that a recording has. */
const nameDigits = 16;

interface OpenRequest {
  /** By depth. */
  readonly ids: Map<number, number>;
  /** Whether each of its blocks has a number. */
  isWhole: boolean;
}

/**
 * Writes what the retention of a worker is told and decides, and for each request that ended the blocks that it
 * used: lines of JSON, the first of which says what they are. No tokens, no bytes of pages, no whole keys.
 */
export class StackRecorder implements UseListener {
  readonly #sink: LineSink;
  readonly #blockTokens: number;
  readonly #open = new Map<PageRequest, OpenRequest>();
  /** Its entries number keys densely, in the order of their first use. */
  readonly #ids: KeyTable;
  readonly #idsMax: number;
  #policies = 0;

  /** @param idsMax blocks that get a number. */
  constructor(
    sink: LineSink,
    namespace: NamespaceId,
    blockTokens: number,
    idsMax: number = numberedBlocksMax,
  ) {
    this.#ids = new KeyTable(idsMax);
    this.#idsMax = idsMax;
    this.#sink = sink;
    this.#blockTokens = blockTokens;
    const header = { kvtide: 'trace', version: 1, blockTokens, namespace: namespace.slice(0, nameDigits) };
    sink.write(JSON.stringify(header));
  }

  /** The same policy, recorded. */
  recorded(policy: NamedPolicy<RetentionPolicy>, tier: LowerTierName): NamedPolicy<RetentionPolicy> {
    const number = () => {
      this.#policies += 1;
      return this.#policies;
    };
    return recordedRetention(policy, tier, number, (event) => void this.#sink.write(JSON.stringify(event)));
  }

  used(records: PageRecords, block: number, request: PageRequest): void {
    // Blocks that are given one by one belong to no prompt: nothing would be told of them at the end.
    if (request.kind === 'blocks') return;
    let open = this.#open.get(request);
    if (open === undefined) {
      if (this.#open.size >= openRequestsMax) this.#open.delete(this.#open.keys().next().value!); // it has one
      open = { ids: new Map(), isWhole: true };
      this.#open.set(request, open);
    }
    const id = this.#idOf(records, block);
    if (id < 0) open.isWhole = false;
    else open.ids.set(records.blockDepth[block]!, id);
  }

  ended(request: PageRequest, nowMs: number): void {
    const open = this.#open.get(request);
    if (open === undefined) return;
    this.#open.delete(request);
    if (!open.isWhole) return;
    const { kind, promptTokens, tokens } = request;
    const depths = [...open.ids.keys()].sort((a, b) => a - b);
    const promptBlocks = Math.floor(promptTokens / this.#blockTokens);
    const line = {
      timestamp: nowMs,
      kind,
      input_length: promptTokens,
      output_length: Math.max(0, tokens - promptTokens),
      hash_ids: depths.filter((depth) => depth < promptBlocks).map((depth) => open.ids.get(depth)),
    };
    if (line.hash_ids.length > 0) this.#sink.write(JSON.stringify(line));
  }

  /** The number of a block's key, or -1 where there are too many. */
  #idOf(records: PageRecords, block: number): number {
    const [low, high] = [records.keyWord(block, 0), records.keyWord(block, 1)];
    const known = this.#ids.find(low, high);
    if (known >= 0) return known;
    return this.#ids.size < this.#idsMax ? this.#ids.add(low, high) : -1;
  }
}
