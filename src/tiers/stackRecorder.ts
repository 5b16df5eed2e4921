import type { NamespaceId } from '../core/namespace.js';
import type { LineSink } from '../core/ports/lineSink.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { RetentionPolicy } from '../policy/policy.js';
import { recordedRetention } from '../policy/recordedRetention.js';
import type { PageRecords } from './pageRecords.js';
import type { PageRequest } from './pageRequest.js';
import type { LowerTierName } from './tableEvents.js';
import type { UseListener } from './useListener.js';

/** Requests that are under way at once and whose blocks are remembered; of more, what came first is left out. */
const openRequestsMax = 4096;
/** Hex digits of the namespace and of keys that a recording has. */
const nameDigits = 16;

interface OpenRequest {
  /** By depth. */
  readonly ids: Map<number, number>;
}

/**
 * Writes what the retention of a worker is told and decides, and for each request that ended the blocks that it
 * used: lines of JSON, the first of which says what they are. No tokens, no bytes of pages, no whole keys.
 */
export class StackRecorder implements UseListener {
  readonly #sink: LineSink;
  readonly #blockTokens: number;
  readonly #open = new Map<PageRequest, OpenRequest>();
  /** Dense numbers of keys, in the order of their first use. As many as lines that the sink takes. */
  readonly #ids = new Map<string, number>();
  #policies = 0;

  constructor(sink: LineSink, namespace: NamespaceId, blockTokens: number) {
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
    let open = this.#open.get(request);
    if (open === undefined) {
      if (this.#open.size >= openRequestsMax) this.#open.delete(this.#open.keys().next().value!); // it has one
      open = { ids: new Map() };
      this.#open.set(request, open);
    }
    open.ids.set(records.blockDepth[block]!, this.#idOf(records, block));
  }

  ended(request: PageRequest, nowMs: number): void {
    const open = this.#open.get(request);
    if (open === undefined) return;
    this.#open.delete(request);
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

  #idOf(records: PageRecords, block: number): number {
    const key = `${records.keyWord(block, 1)}.${records.keyWord(block, 0)}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(key, id);
    return id;
  }
}
