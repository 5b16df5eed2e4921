import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { CallContext, Duplex } from '../core/ports/network.js';
import type { AttendQueries__Output } from '../rpc/gen/kvtide/v1/AttendQueries.js';
import type { AttendRequest__Output } from '../rpc/gen/kvtide/v1/AttendRequest.js';
import type { AttendResponse } from '../rpc/gen/kvtide/v1/AttendResponse.js';
import type { OpenShard__Output } from '../rpc/gen/kvtide/v1/OpenShard.js';
import { checkProtocol } from '../rpc/protocolCheck.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { ComputeLane } from './compute.js';
import { packNodes } from './mergedNodes.js';
import type { PageNaming } from './pageNaming.js';
import { ShardPages } from './shardPages.js';
import type { ShardRole } from './shardRole.js';
import { floatsOfBytes } from './stepBytes.js';
import type { StepRunner } from './stepRunner.js';

export interface ShardCallParts {
  readonly geometry: Geometry;
  readonly naming: PageNaming;
  readonly stack: TierStack;
  readonly runner: StepRunner;
  readonly role: ShardRole;
  /** Told of every attention. */
  attended(): void;
  /** Changes held pages, when no other change is under way in this worker. */
  exclusively<T>(change: () => Promise<T>): Promise<T>;
  /** Works on the kernel, in the order of the lane's steps. */
  inLane<T>(lane: ComputeLane, work: () => Promise<T>): Promise<T>;
}

/** One Attend call: a sequence that another worker of the stage leads, and the pages kept for it here. */
export class ShardCall {
  readonly #parts: ShardCallParts;
  readonly #stream: Duplex<AttendRequest__Output, AttendResponse>;
  readonly #call: CallContext;
  readonly #pages: ShardPages;
  #namespace: string | null = null;
  #endKeep: (() => void) | null = null;

  constructor(
    parts: ShardCallParts,
    stream: Duplex<AttendRequest__Output, AttendResponse>,
    call: CallContext,
  ) {
    this.#parts = parts;
    this.#stream = stream;
    this.#call = call;
    this.#pages = new ShardPages(parts.stack, parts.geometry, parts.naming.range);
  }

  get keptPages(): number {
    return this.#pages.count;
  }

  /** @throws KvError `invalid` for what cannot be read, and what a load of its pages throws. */
  async run(): Promise<void> {
    try {
      for await (const request of this.#stream) await this.#handle(request);
    } finally {
      await this.#parts.exclusively(async () => this.#pages.drop(0));
      this.#endKeep?.();
    }
  }

  async #handle({ open, keep, drop, attend }: AttendRequest__Output): Promise<void> {
    if (open) this.#open(open);
    else if (this.#namespace === null) {
      throw new KvError('invalid', 'the first message of an attend stream must be open');
    } else if (keep) {
      const blocks = this.#parts.naming.blocksOf(this.#namespace, keep.blocks);
      await this.#stream.send({ kept: { kept: await this.#keep(keep.firstBlock, blocks) } });
    } else if (drop) {
      const { firstBlock, endBlock } = drop;
      await this.#parts.exclusively(async () => this.#pages.drop(firstBlock, endBlock || undefined));
    } else if (attend) await this.#attend(attend);
    else throw new KvError('invalid', 'an attend message was empty; send open, keep, drop or attend');
  }

  /** Says no at once where this worker leads: its turn may be waiting for the one that asks. */
  async #keep(firstBlock: number, blocks: readonly BlockKey[]): Promise<boolean> {
    const { role } = this.#parts;
    this.#endKeep ??= role.keep();
    if (this.#endKeep === null) return false;
    // Asked in its turn: from the moment on that this worker knows that it is drained, it keeps no more.
    return this.#parts.exclusively(async () => !role.isDraining && this.#pages.keep(firstBlock, blocks));
  }

  #open({ protocol, namespace, layers }: OpenShard__Output): void {
    const { naming } = this.#parts;
    checkProtocol(protocol, `the worker at ${this.#call.peer}`);
    naming.check(namespace);
    if (layers?.from !== naming.range.from || layers.to !== naming.range.to) {
      throw new KvError('stale', 'the plan was made before this worker took its layers; ask for a new plan');
    }
    this.#namespace = namespace;
  }

  async #attend({ layer, position, tokens, rows, values }: AttendQueries__Output): Promise<void> {
    const { geometry, inLane, runner } = this.#parts;
    const { kvHeads, headDim } = geometry;
    if (values.length !== kvHeads * rows * headDim * Float32Array.BYTES_PER_ELEMENT || rows < 2) {
      throw new KvError('invalid', `queries of ${rows} rows have ${values.length} bytes`);
    }
    const pages = this.#pages.of(layer);
    const first = Math.floor(position / geometry.blockTokens);
    if (pages.length > 0 && pages.at(-1)!.block >= first) {
      throw new KvError(
        'invalid',
        `a query at position ${position} does not see block ${first}, which is kept`,
      );
    }
    const queries = { values: floatsOfBytes(values), rows, position, tokens, window: null };
    const { signal } = this.#call;
    const lane = tokens > 1 ? 'prefill' : 'decode';
    const nodes = await inLane(lane, () => runner.attend(lane, { layer, queries, pages, signal }));
    this.#parts.attended();
    for (const attended of packNodes(nodes)) await this.#stream.send({ attended });
  }
}
