import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { KvError } from '../../src/core/errors.js';
import { logitTolerance } from './baselineGolden.js';
import { type BaselineAnswer, type BaselineRequest, baselineAnswerSchema } from './baselineMessages.js';
import { type BaselineVariant, baselineVariants } from './baselineVariants.js';

/** A variant that gives the model's answers, in the baseline process. */
export interface UsableVariant {
  readonly index: number;
  readonly variant: BaselineVariant;
}

const script = fileURLToPath(new URL('./baselineProcess.ts', import.meta.url));

/** The baseline in a process of its own, so that it and kvtide start alike. It works only when asked. */
export class BaselineClient {
  readonly #child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    // stdout is the bench's own.
    this.#child = fork(script, {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /**
   * Opens and checks every variant.
   * @param goldenTokensMax longer prompts of golden.json are not checked.
   * @param tell takes why one is left out.
   */
  async open(model: string, goldenTokensMax: number, tell: (line: string) => void): Promise<UsableVariant[]> {
    const usable: UsableVariant[] = [];
    for (const [index, variant] of baselineVariants.entries()) {
      const answer = await this.#ask({ kind: 'open', variant: index, model, goldenTokensMax });
      if (answer.kind === 'ready') usable.push({ index, variant });
      else
        tell(
          `baseline ${variant.name} is left out: ${answer.kind === 'refused' ? answer.reason : answer.kind}`,
        );
    }
    return usable;
  }

  /**
   * Fills a context in every variant; variants that disagree with the first one there are left out.
   * @returns those that can be timed at this context.
   */
  async fill(
    variants: readonly UsableVariant[],
    context: number,
    room: number,
    tell: (line: string) => void,
  ): Promise<UsableVariant[]> {
    let expected: readonly number[] | null = null;
    const usable: UsableVariant[] = [];
    for (const entry of variants) {
      const answer = await this.#ask({ kind: 'fill', variant: entry.index, context, room });
      if (answer.kind !== 'filled') {
        tell(`baseline ${entry.variant.name} is left out at ${context}: ${reasonOf(answer)}`);
        continue;
      }
      expected ??= answer.logits;
      const agrees = answer.logits.every(
        (value, at) => Math.abs(value - (expected?.[at] ?? 0)) <= logitTolerance,
      );
      if (agrees) usable.push(entry);
      else
        tell(
          `baseline ${entry.variant.name} is left out at ${context}: its logits are not those of the first`,
        );
    }
    return usable;
  }

  /** Milliseconds for `tokens` tokens, after `warmUp` that are not counted. @throws KvError when it broke. */
  async round(variant: UsableVariant, context: number, warmUp: number, tokens: number): Promise<number> {
    const answer = await this.#ask({ kind: 'round', variant: variant.index, context, warmUp, tokens });
    if (answer.kind === 'timed') return answer.ms;
    throw new KvError('internal', `baseline ${variant.variant.name}: ${reasonOf(answer)}`);
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #ask(request: BaselineRequest): Promise<BaselineAnswer> {
    const answer = this.#last.then(() => this.#exchange(request));
    this.#last = answer.catch(() => {});
    return answer;
  }

  #exchange(request: BaselineRequest): Promise<BaselineAnswer> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const onEnd = (): void => reject(new KvError('unavailable', 'the baseline process ended unasked'));
      child.once('close', onEnd);
      child.once('message', (message) => {
        child.off('close', onEnd);
        resolve(baselineAnswerSchema.parse(message));
      });
      if (!child.connected) onEnd();
      else child.send(request);
    });
  }
}

function reasonOf(answer: BaselineAnswer): string {
  return answer.kind === 'refused' ? answer.reason : `it answered "${answer.kind}"`;
}
