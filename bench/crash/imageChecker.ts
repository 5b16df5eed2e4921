import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ImageFindings, type ImageQuestion, imageFindings } from './imageCheck.js';

const script = fileURLToPath(new URL('./imageCheck.ts', import.meta.url));
const answerTimeoutMs = 60_000;

export type ImageAnswer = ImageFindings | { readonly ended: string };

/** Asks a process about images; one that ended is replaced by another. */
export class ImageChecker {
  #child: ChildProcess | null = null;

  async check(question: ImageQuestion): Promise<ImageAnswer> {
    this.#child ??= fork(script, {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const child = this.#child;
    const answer = await new Promise<ImageAnswer>((resolve) => {
      const late = setTimeout(() => child.kill('SIGKILL'), answerTimeoutMs);
      const ended = (code: number | null, signal: string | null) => {
        clearTimeout(late);
        resolve({ ended: signal ?? `code ${code}` });
      };
      child.once('exit', ended);
      child.once('message', (message) => {
        clearTimeout(late);
        child.off('exit', ended);
        resolve(imageFindings.parse(message));
      });
      child.send(question);
    });
    if ('ended' in answer) this.#child = null;
    return answer;
  }

  close(): void {
    this.#child?.disconnect();
  }
}
