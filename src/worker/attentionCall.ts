import { type BlockKey, blockKeyFromBytes, unpackBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { CallContext, Duplex } from '../core/ports/network.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import type { TailWriter } from '../device/tailWriter.js';
import type { RequestKind } from '../policy/policyColumns.js';
import { attentionModeFrom } from '../rpc/attentionModeMessage.js';
import { bytesOfError } from '../rpc/errorBytes.js';
import type { AttendLayer__Output } from '../rpc/gen/kvtide/v1/AttendLayer.js';
import type { AttentionRequest__Output } from '../rpc/gen/kvtide/v1/AttentionRequest.js';
import type { AttentionResponse } from '../rpc/gen/kvtide/v1/AttentionResponse.js';
import type { FillBlocks__Output } from '../rpc/gen/kvtide/v1/FillBlocks.js';
import type { LayerAttended } from '../rpc/gen/kvtide/v1/LayerAttended.js';
import type { OpenSequence__Output } from '../rpc/gen/kvtide/v1/OpenSequence.js';
import { checkProtocol } from '../rpc/protocolCheck.js';
import { AttentionSequence } from './attentionSequence.js';
import type { AttentionTurns } from './attentionTurns.js';
import { BlockFill } from './blockFill.js';
import { type StageName, stageError } from './stageError.js';
import { stageTraceOf } from './stageTraceOf.js';
import { bytesOfFloats, floatsOfBytes, tokensOfBytes } from './stepBytes.js';
import type { ServedAttention } from './workerParts.js';
import type { WorkerSequence } from './workerSequence.js';

/** What attention for engines with their own model needs. */
export interface AttentionServing extends ServedAttention {
  readonly planes: PagePlanes;
  /** Writes growing pages, of all sequences here. */
  readonly tail: TailWriter;
}

/** Who has the sequences: `SequenceHost`. */
export interface AttentionHost {
  readonly name: StageName;
  open(
    open: OpenSequence__Output,
    rootKey: BlockKey,
    chain: readonly BlockKey[],
    call: CallContext,
    kind: RequestKind,
  ): Promise<WorkerSequence>;
  close(sequence: WorkerSequence): Promise<void>;
  /** Changes what a sequence holds, when no other change is under way. */
  exclusively<T>(change: () => Promise<T>): Promise<T>;
}

export interface AttentionCallParts {
  readonly host: AttentionHost;
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly serving: AttentionServing;
  readonly turns: AttentionTurns;
}

interface Opened {
  readonly held: WorkerSequence;
  readonly sequence: AttentionSequence;
}

/**
 * One Attention call: a sequence of an engine with its own model, in this stage. What is refused is answered
 * with an error, and the stream goes on; a bug, or bytes that do not belong there, end it.
 */
export class AttentionCall {
  readonly #parts: AttentionCallParts;
  readonly #stream: Duplex<AttentionRequest__Output, AttentionResponse>;
  readonly #call: CallContext;
  #stage = 0;
  #opened: Opened | null = null;
  #fill: BlockFill | null = null;
  /** Of the request at hand, before what could not be done. */
  #done = { begun: false, appended: 0 };

  constructor(
    parts: AttentionCallParts,
    stream: Duplex<AttentionRequest__Output, AttentionResponse>,
    call: CallContext,
  ) {
    this.#parts = parts;
    this.#stream = stream;
    this.#call = call;
  }

  async run(): Promise<void> {
    const { host } = this.#parts;
    try {
      for await (const request of this.#stream) await this.#handle(request);
    } catch (thrown) {
      throw stageError(thrown, host.name);
    } finally {
      if (this.#opened !== null) await host.close(this.#opened.held);
    }
  }

  async #handle(request: AttentionRequest__Output): Promise<void> {
    if (request.open) return this.#open(request.open);
    if (this.#opened === null)
      throw new KvError('invalid', 'the first message of an attention stream must be open');
    const { sequence } = this.#opened;
    if (this.#fill !== null) return this.#filled(this.#fill, request);
    if (request.data.length > 0)
      throw new KvError('invalid', 'bytes of pages came without the fill that they belong to');
    if (request.fill) return this.#beginFill(sequence, request.fill);
    await this.#answered(() => this.#work(this.#opened!, request));
  }

  async #open(open: OpenSequence__Output): Promise<void> {
    checkProtocol(open.protocol, `the caller at ${this.#call.peer}`);
    if (this.#opened !== null) {
      throw new KvError('invalid', 'the stream has a sequence already; open another stream');
    }
    if (open.rootKey.length !== 32) throw new KvError('invalid', 'the root key is not 32 bytes long');
    const { host, geometry, range, serving } = this.#parts;
    const chain = unpackBlockKeys(open.blocks);
    const held = await host.open(open, blockKeyFromBytes(open.rootKey), chain, this.#call, 'attend');
    const { signal } = this.#call;
    const { planes, tail } = serving;
    const parts = { sequence: held, geometry, range, attention: serving, planes, tail, signal };
    const sequence = new AttentionSequence(parts);
    this.#stage = open.stage;
    this.#opened = { held, sequence };
    await this.#stream.send(await this.#seek(this.#opened, chain.length));
  }

  async #work(opened: Opened, request: AttentionRequest__Output): Promise<AttentionResponse> {
    const { host } = this.#parts;
    const { sequence } = opened;
    const { seek, truncate, begin, append, attend, end } = request;
    if (seek) return this.#seek(opened, seek.blocks);
    if (truncate) {
      await host.exclusively(() => sequence.truncate(truncate.tokens));
      return {};
    }
    if (!(begin || append.length > 0 || attend || end)) {
      throw new KvError(
        'invalid',
        'an attention message was empty; send a step, a seek, a truncate or a fill',
      );
    }
    if (begin) {
      const tokens = tokensOfBytes(begin.tokens);
      await host.exclusively(() => sequence.begin(begin.position, tokens));
    }
    this.#done.begun = begin !== null;
    for (const { layer, k, v } of append) {
      sequence.append(layer, k, v);
      this.#done.appended += 1;
    }
    const attended = attend ? await this.#attend(sequence, attend) : null;
    if (end) await host.exclusively(() => sequence.end());
    return { attended };
  }

  async #attend(
    sequence: AttentionSequence,
    { layer, q, mode }: AttendLayer__Output,
  ): Promise<LayerAttended> {
    const request = sequence.reading(layer, floatsOfBytes(q), attentionModeFrom(mode));
    const outcome = await this.#parts.turns.attend(request);
    const { o, lse } = outcome.answer;
    const trace = stageTraceOf(this.#stage, outcome);
    return { o: bytesOfFloats(o), lse: bytesOfFloats(lse), trace };
  }

  /** Sets up only what is asked for; where there is less, says how much. */
  async #seek({ held, sequence }: Opened, blocks: number): Promise<AttentionResponse> {
    const { host, serving } = this.#parts;
    const usableBlocks = await host.exclusively(async () => {
      // How long the engine would take to compute them is not known here.
      const { usable } = await held.prefix(blocks, null);
      if (usable === blocks) await sequence.seek(blocks);
      return usable;
    });
    return { opened: { usableBlocks, heads: serving.heads } };
  }

  async #beginFill(sequence: AttentionSequence, { position, tokens }: FillBlocks__Output): Promise<void> {
    const { host, geometry, range } = this.#parts;
    const ids = tokensOfBytes(tokens);
    if (ids.length === 0 || ids.length % geometry.blockTokens !== 0) {
      throw new KvError(
        'invalid',
        `${ids.length} tokens cannot be filled in: whole blocks of ${geometry.blockTokens} are wanted`,
      );
    }
    const exclusively = <T>(turn: () => Promise<T>) => host.exclusively(turn);
    const fill = new BlockFill({ sequence, geometry, range, position, tokens: ids, exclusively });
    this.#fill = fill;
    try {
      await host.exclusively(() => sequence.end());
      sequence.checkPlace(position);
    } catch (thrown) {
      fill.refuse(KvError.from(thrown));
    }
  }

  async #filled(fill: BlockFill, { data }: AttentionRequest__Output): Promise<void> {
    if (data.length === 0) throw new KvError('invalid', 'a message came before all pages of a fill');
    await fill.take(data);
    if (!fill.isDone) return;
    this.#fill = null;
    await this.#answered(async () => {
      if (fill.error !== null) throw fill.error;
      return {};
    });
  }

  async #answered(work: () => Promise<AttentionResponse>): Promise<void> {
    let answer: AttentionResponse;
    this.#done = { begun: false, appended: 0 };
    try {
      answer = await work();
    } catch (thrown) {
      const error = stageError(thrown, this.#parts.host.name);
      if (error.kind === 'internal') throw error;
      answer = { error: bytesOfError(error), ...this.#done };
    }
    await this.#stream.send(answer);
  }
}
