import type { Patience } from '../client/patience.js';
import type { StageTrace, StepWant } from '../client/stepAnswer.js';
import type { BlockKey } from '../core/blockKey.js';
import type { Clock } from '../core/ports/clock.js';
import type { SequenceSession, StepStream } from './sequenceSession.js';

/** What one step took. */
export interface StepTrace {
  /** Of its first token. */
  readonly position: number;
  /** Tokens that it computed, drafted ones included. */
  readonly tokens: number;
  /** From the question to the answer; in a prefill, steps overlap. */
  readonly totalMs: number;
  readonly stages: readonly StageTrace[];
}

/** A session that tells of every step that was answered, in the order of the answers. */
export class TracedSession implements SequenceSession {
  readonly rootKey: BlockKey;
  readonly blockTokens: number;
  readonly isExact: boolean;
  readonly patience: Patience;

  constructor(
    private readonly session: SequenceSession,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly tell: (trace: StepTrace) => void,
  ) {
    this.rootKey = session.rootKey;
    this.blockTokens = session.blockTokens;
    this.isExact = session.isExact;
    this.patience = session.patience;
  }

  async open(blocks: readonly BlockKey[]): Promise<StepStream> {
    const stream = await this.session.open(blocks);
    return {
      seek: (count) => stream.seek(count),
      step: async (position: number, tokens: readonly number[], want: StepWant) => {
        const startedMs = this.clock.monotonicMs();
        const answer = await stream.step(position, tokens, want);
        const totalMs = this.clock.monotonicMs() - startedMs;
        this.tell({ position, tokens: tokens.length, totalMs, stages: answer.stages });
        return answer;
      },
      truncate: (tokens) => stream.truncate(tokens),
      close: () => stream.close(),
    };
  }

  extend(blocks: readonly BlockKey[], tokens: number): Promise<void> {
    return this.session.extend(blocks, tokens);
  }
}
