import type { StepAnswer, StepWant } from '../client/stepAnswer.js';
import { KvError } from '../core/errors.js';
import type { CursorEvent } from './cursorEvent.js';
import type { KnownTokens } from './knownTokens.js';
import type { PrefetchSums } from './prefetchTotals.js';
import { type Chunk, prefillChunks } from './prefillChunks.js';
import { layersIn } from './recovery.js';
import { RecoveryWait } from './recoveryWait.js';
import type { SequenceSession, StepStream } from './sequenceSession.js';

export interface CursorOptions {
  readonly stepsInFlight: number;
  readonly signal?: AbortSignal;
}

const noLogits: StepWant = { topLogits: 0, allLogits: false };

/**
 * Walks over the known tokens and computes those that have no KV yet. When KV is lost it goes back to
 * the usable prefix, computes one block, and looks whether the blocks after it are still there.
 */
export class SequenceCursor {
  readonly #session: SequenceSession;
  readonly #known: KnownTokens;
  readonly #sums: PrefetchSums;
  readonly #options: CursorOptions;
  #stream: StepStream | null = null;
  /** Tokens that have their KV in the open stream. */
  #position = 0;
  /** The furthest that `#position` ever was. */
  #reached = 0;
  /** Blocks that the coordinator has heard of. */
  #toldBlocks = 0;
  /** Those that it has been, or is being, told of. */
  #tellingBlocks = 0;
  #telling: Promise<void> = Promise.resolve();
  #tellError: KvError | null = null;
  readonly #wait: RecoveryWait;
  /** Since the last time that all KV was there. */
  #recomputedTokens = 0;

  constructor(session: SequenceSession, known: KnownTokens, sums: PrefetchSums, options: CursorOptions) {
    this.#session = session;
    this.#known = known;
    this.#sums = sums;
    this.#options = options;
    this.#wait = new RecoveryWait(session.patience, options.signal);
    this.#toldBlocks = known.keys.length;
    this.#tellingBlocks = known.keys.length;
  }

  get recoveries(): number {
    return this.#wait.recoveries;
  }

  /** Why the coordinator could not be told about sealed blocks; decoding does not depend on it. */
  get tellError(): KvError | null {
    return this.#tellError;
  }

  /**
   * Opens the stream, also anew; answers how many tokens need not be computed.
   * @throws KvError that is past recovery, or of a worker that nobody took over from in time.
   */
  async *open(): AsyncGenerator<CursorEvent, number> {
    for (;;) {
      this.close();
      try {
        const stream = await this.#session.open(this.#known.keys);
        this.#stream = stream;
        await this.#look(stream);
        this.#wait.opened();
        return this.#position;
      } catch (thrown) {
        yield* this.#wait.failed(thrown, this.#known.keys.length);
      }
    }
  }

  /**
   * Computes all known tokens; answers for the last. Where that is a single one, the tokens of `draft` are
   * computed behind it, as many as fit, and the answer has what follows each: those that do not become
   * known are dropped again. It has one position only when nothing of the draft was computed.
   */
  async *advance(want: StepWant, draft: readonly number[] = []): AsyncGenerator<CursorEvent, StepAnswer> {
    for (;;) {
      try {
        const answer = yield* this.#compute(want, draft);
        if (this.#recomputedTokens > 0) yield { kind: 'recomputed', tokens: this.#recomputedTokens };
        this.#recomputedTokens = 0;
        return answer;
      } catch (thrown) {
        yield* this.#recover(thrown);
      }
    }
  }

  async *#recover(thrown: unknown): AsyncGenerator<CursorEvent, void> {
    const cause = yield* this.#wait.failed(thrown, this.#known.keys.length);
    const fromTokens = yield* this.open();
    const lost = { layers: layersIn(cause.context), tokens: this.#reached - fromTokens };
    yield { kind: 'recovered', fromTokens, lost, waitedMs: this.#wait.lastMs, cause };
  }

  /** Waits until the coordinator was told about everything. Never rejects. */
  async settle(): Promise<void> {
    await this.#telling;
  }

  close(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  async *#compute(want: StepWant, draft: readonly number[]): AsyncGenerator<CursorEvent, StepAnswer> {
    const stream = this.#stream;
    if (stream === null) throw new KvError('internal', 'the decode stream is not open');
    const { blockTokens } = this.#session;
    this.#dropRejected(stream);
    while (this.#position < this.#reached) {
      const [chunk] = prefillChunks(this.#position, this.#known.length, blockTokens);
      if (chunk === undefined) break;
      const answer = await this.#send(stream, chunk, want);
      this.#arrived(chunk, answer);
      if (chunk.end === this.#known.length) return answer;
      const isReusable = chunk.end <= this.#known.reusableBlocks * blockTokens;
      if (chunk.end < this.#reached && isReusable) await this.#lookPast(stream, chunk);
      yield { kind: 'prefill', computed: this.#position, total: this.#known.length };
    }
    if (this.#position === this.#known.length - 1) return await this.#verify(stream, want, draft);
    return yield* this.#pipeline(stream, want);
  }

  /** Computes the last known token and the draft behind it in one step. */
  async #verify(stream: StepStream, want: StepWant, draft: readonly number[]): Promise<StepAnswer> {
    const chunk = { position: this.#position, end: this.#known.length };
    const { blockTokens } = this.#session;
    // What seals its block cannot be taken back: a draft ends one token short of it.
    const room = blockTokens - 2 - (chunk.position % blockTokens);
    const proposed = draft.slice(0, Math.max(0, room));
    const answer = await this.#send(stream, chunk, want, proposed);
    this.#arrived(chunk, answer);
    this.#position += proposed.length;
    return answer;
  }

  /** The last known token was chosen from the answer of the one before: what lies behind that goes. */
  #dropRejected(stream: StepStream): void {
    const kept = this.#known.length - 1;
    if (this.#position <= kept) return;
    stream.truncate(kept);
    this.#position = kept;
  }

  async *#pipeline(stream: StepStream, want: StepWant): AsyncGenerator<CursorEvent, StepAnswer> {
    const total = this.#known.length;
    const inFlight: { chunk: Chunk; answer: Promise<StepAnswer> }[] = [];
    let last: StepAnswer | null = null;
    const chunks = prefillChunks(this.#position, total, this.#session.blockTokens);
    for (let next = chunks.next(); !next.done || inFlight.length > 0; ) {
      if (!next.done && inFlight.length < this.#options.stepsInFlight) {
        const answer = this.#send(stream, next.value, want);
        answer.catch(() => {}); // an earlier step that fails is the one that is reported
        inFlight.push({ chunk: next.value, answer });
        next = chunks.next();
        continue;
      }
      const oldest = inFlight.shift();
      if (oldest === undefined) break;
      last = await oldest.answer;
      this.#arrived(oldest.chunk, last);
      yield { kind: 'prefill', computed: this.#position, total };
    }
    if (last === null) throw new KvError('internal', 'there was no token left to compute');
    return last;
  }

  #send(
    stream: StepStream,
    { position, end }: Chunk,
    want: StepWant,
    draft: readonly number[] = [],
  ): Promise<StepAnswer> {
    if (this.#options.signal?.aborted) throw new KvError('cancelled', 'decoding was cancelled');
    const wanted = end === this.#known.length ? { ...want, everyPosition: draft.length > 0 } : noLogits;
    return stream.step(position, [...this.#known.slice(position, end), ...draft], wanted);
  }

  #arrived(chunk: Chunk, answer: StepAnswer): void {
    this.#position = chunk.end;
    this.#recomputedTokens += Math.max(0, Math.min(chunk.end, this.#reached) - chunk.position);
    if (chunk.end > this.#reached) this.#wait.gotOn();
    this.#reached = Math.max(this.#reached, chunk.end);
    this.#sums.add(answer.stages);
    this.#tell();
  }

  async #look(stream: StepStream): Promise<void> {
    const blocks = await stream.seek(this.#known.reusableBlocks);
    this.#position = blocks * this.#session.blockTokens;
    this.#reached = Math.max(this.#reached, this.#position);
  }

  /** A block was computed again: what follows it may still be there. */
  async #lookPast(stream: StepStream, chunk: Chunk): Promise<void> {
    await this.#look(stream);
    if (this.#position >= chunk.end) return;
    this.#wait.count(
      new KvError('lost', `the KV of tokens ${chunk.position} to ${chunk.end - 1} does not stay`),
      this.#known.keys.length,
    );
  }

  #tell(): void {
    const whole = Math.floor(this.#position / this.#session.blockTokens);
    const sealed = Math.min(whole, this.#known.keys.length);
    if (sealed <= this.#tellingBlocks) return;
    const tokens = this.#position;
    this.#tellingBlocks = sealed;
    this.#telling = this.#telling
      .then(async () => {
        // From the last that was heard: blocks after ones that were refused would not be a chain.
        await this.#session.extend(this.#known.keys.slice(this.#toldBlocks, sealed), tokens);
        this.#toldBlocks = sealed;
        this.#tellError = null;
      })
      .catch((thrown: unknown) => {
        this.#tellError = KvError.from(thrown);
      });
  }
}
