import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { KvError } from '../../src/core/errors.js';
import type { Contender } from '../support/contender.js';
import { type Answer, answerSchema, type Family, type Question } from './contenderMessages.js';

const script = fileURLToPath(new URL('./contenderProcess.ts', import.meta.url));

/** A family of contenders in a process of its own, one question at a time. */
export class ContenderClient {
  readonly #child: ChildProcess;
  readonly #family: string;

  private constructor(family: Family) {
    this.#family = family.family;
    // stdout is the bench's own.
    this.#child = fork(script, {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** @throws KvError that says why the family cannot run. */
  static async open(
    family: Family,
    short: boolean,
  ): Promise<{ readonly contenders: readonly Contender[]; close(): void }> {
    const client = new ContenderClient(family);
    try {
      const opened = await client.#ask({ kind: 'open', family, short });
      const names = opened.kind === 'opened' ? opened.names : [];
      const contenders = names.map((name, contender) => ({ name, round: () => client.#round(contender) }));
      return { contenders, close: () => client.#close() };
    } catch (thrown) {
      client.#close();
      throw thrown;
    }
  }

  async #round(contender: number): Promise<Readonly<Record<string, number>>> {
    const answer = await this.#ask({ kind: 'round', contender });
    return answer.kind === 'measured' ? answer.figures : {};
  }

  async #ask(question: Question): Promise<Answer> {
    const child = this.#child;
    const answer = await new Promise<Answer>((resolve) => {
      const ended = () => resolve({ kind: 'failed', reason: 'its process has ended' });
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(answerSchema.parse(message));
      });
      child.send(question);
    });
    if (answer.kind === 'failed') throw new KvError('internal', `${this.#family}: ${answer.reason}`);
    return answer;
  }

  #close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
