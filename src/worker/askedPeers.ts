import type { KvError } from '../core/errors.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AskPeers } from './compute.js';
import type { FromCompute } from './computeMessages.js';

interface Question {
  resolve(nodes: readonly MergedNode[]): void;
  reject(error: KvError): void;
}

/** The peers of jobs as the compute thread sees them: the main thread has the connections. */
export class AskedPeers {
  readonly #say: (message: FromCompute) => void;
  /** By number. An answer may come after its job has failed. */
  readonly #asked = new Map<number, Question>();
  #last = 0;

  constructor(say: (message: FromCompute) => void) {
    this.#say = say;
  }

  /** The peers of one part of a job. */
  of(id: number, part: number): AskPeers {
    return { attend: (layer, queries) => this.#ask(id, part, layer, queries) };
  }

  answered(question: number, nodes: readonly MergedNode[]): void {
    this.#take(question)?.resolve(nodes);
  }

  failed(question: number, error: KvError): void {
    this.#take(question)?.reject(error);
  }

  #ask(id: number, part: number, layer: number, queries: Queries): Promise<readonly MergedNode[]> {
    this.#last += 1;
    const question = this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(question, { resolve, reject });
      this.#say({ kind: 'askPeers', question, id, part, layer, queries });
    });
  }

  #take(question: number): Question | undefined {
    const asked = this.#asked.get(question);
    this.#asked.delete(question);
    return asked;
  }
}
