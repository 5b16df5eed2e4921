import type { Patience } from '../../src/client/patience.js';
import type { PositionAnswer, StepAnswer, StepWant } from '../../src/client/stepAnswer.js';
import { type BlockKey, blockKeyFromBytes, blockKeysOf } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { SequenceSession, StepStream } from '../../src/decode/sequenceSession.js';

const vocabulary = 64;

/** A model without weights: the next token depends on all tokens before it. */
export function nextTokenOf(tokens: readonly number[]): number {
  return tokens.reduce((hash, token) => (hash * 31 + token + 7) % 65_521, 17) % vocabulary;
}

/** A model that soon repeats itself: the next token depends on the last two alone. */
export function repeatingTokenOf(tokens: readonly number[]): number {
  const [before = 0, last = 0] = tokens.slice(-2);
  return (before * 3 + last * 5 + 1) % 7;
}

function logitsOf(best: number): Float32Array {
  return Float32Array.from({ length: vocabulary }, (_, id) =>
    id === best ? 9 : ((id * 37 + best) % 11) / 3,
  );
}

/** Stages that keep the KV of whole blocks by key, and lose it when told. */
export class FakeSession implements SequenceSession {
  readonly rootKey: BlockKey = blockKeyFromBytes(new Uint8Array(32));
  readonly sealed = new Set<BlockKey>();
  readonly told: BlockKey[] = [];
  /** The tokens that were computed, by position. */
  readonly tokens: number[] = [];
  /** Positions and lengths of all steps. */
  readonly steps: { readonly position: number; readonly count: number }[] = [];
  /** Called before each step; may drop blocks from `sealed` and throw what the step fails with. */
  beforeStep: (position: number) => void = () => {};
  /** Called before each extension; may throw what it is refused with. */
  beforeExtend: () => void = () => {};
  /** Called before each opening; may throw what it fails with. */
  beforeOpen: () => void = () => {};
  isExact = true;
  opens = 0;
  underWay = 0;
  underWayMost = 0;

  /** Token counts that the sequence was cut back to. */
  readonly truncations: number[] = [];

  /** @param next the rule of the model. */
  constructor(
    readonly blockTokens: number,
    readonly next: (tokens: readonly number[]) => number = nextTokenOf,
  ) {}

  /** Of the time that passes by waiting alone. */
  waitedMs = 0;
  readonly patience: Patience = {
    mostMs: 1000,
    nowMs: () => this.waitedMs,
    pause: async (attempt, signal) => {
      if (signal?.aborted) throw KvError.from(signal.reason, 'cancelled');
      this.waitedMs += Math.min(100, 10 * attempt);
    },
  };

  async open(blocks: readonly BlockKey[]): Promise<StepStream> {
    this.opens += 1;
    this.beforeOpen();
    return new FakeStream(this, [...blocks]);
  }

  async extend(blocks: readonly BlockKey[]): Promise<void> {
    this.beforeExtend();
    this.told.push(...blocks);
  }
}

class FakeStream implements StepStream {
  #end = 0;
  #failure: KvError | null = null;

  constructor(
    readonly session: FakeSession,
    readonly chain: BlockKey[],
  ) {}

  async seek(blocks: number): Promise<number> {
    let usable = 0;
    while (usable < blocks && this.session.sealed.has(this.chain[usable] as BlockKey)) usable += 1;
    this.#end = usable * this.session.blockTokens;
    return usable;
  }

  async step(position: number, tokens: readonly number[], want: StepWant): Promise<StepAnswer> {
    if (this.#failure !== null) throw this.#failure;
    const { session } = this;
    const { blockTokens } = session;
    try {
      if (position !== this.#end)
        throw new KvError('internal', `step at ${position}, the KV ends at ${this.#end}`);
      const lastBlock = Math.floor((position + tokens.length - 1) / blockTokens);
      if (lastBlock !== Math.floor(position / blockTokens))
        throw new KvError('internal', 'a step crosses a block edge');
      session.steps.push({ position, count: tokens.length });
      session.beforeStep(position);
    } catch (thrown) {
      this.#failure = KvError.from(thrown);
      throw this.#failure;
    }
    this.#end += tokens.length;
    session.tokens.splice(position, tokens.length, ...tokens);
    const known = session.tokens.slice(0, this.#end);
    const sealed =
      this.#end % blockTokens === 0 ? blockKeysOf(session.rootKey, known, blockTokens).at(-1) : undefined;
    if (sealed !== undefined) session.sealed.add(sealed);
    session.underWay += 1;
    session.underWayMost = Math.max(session.underWayMost, session.underWay);
    await Promise.resolve();
    session.underWay -= 1;
    const answers = Array.from(want.everyPosition ? tokens : [0], (_, back) =>
      answerOf(session.next(known.slice(0, known.length - back)), want),
    );
    const [last, ...before] = answers;
    return { ...last!, earlier: before.toReversed(), stages: [] };
  }

  truncate(tokens: number): void {
    const { blockTokens, truncations } = this.session;
    if (tokens > this.#end || Math.floor(tokens / blockTokens) < Math.floor(this.#end / blockTokens)) {
      this.#failure ??= new KvError('invalid', `${this.#end} tokens cannot be cut to ${tokens}`);
      return;
    }
    truncations.push(tokens);
    this.#end = tokens;
  }

  close(): void {}
}

function answerOf(best: number, want: StepWant): PositionAnswer {
  const logits = logitsOf(best);
  const byLogit = Array.from(logits, (logit, id) => ({ logit, id })).sort(
    (a, b) => b.logit - a.logit || a.id - b.id,
  );
  const top = byLogit.slice(0, want.topLogits);
  return {
    topIds: top.map(({ id }) => id),
    topLogits: top.map(({ logit }) => logit),
    logsumexp: 0,
    logits: want.allLogits ? logits : null,
  };
}
