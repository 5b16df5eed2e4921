import type { KvError } from '../core/errors.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AskPeers } from './compute.js';
import type { FromCompute } from './computeMessages.js';

interface Question {
  resolve(nodes: readonly MergedNode[]): void;
  reject(error: KvError): void;
}

/** The peers of a step as the compute thread sees them: the main thread has the connections. */
export class AskedPeers implements AskPeers {
  readonly #say: (message: FromCompute) => void;
  /** By number. An answer may come after its step has failed. */
  readonly #asked = new Map<number, Question>();
  #last = 0;

  constructor(say: (message: FromCompute) => void) {
    this.#say = say;
  }

  attend(layer: number, queries: Queries): Promise<readonly MergedNode[]> {
    this.#last += 1;
    const question = this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(question, { resolve, reject });
      this.#say({ kind: 'askPeers', question, layer, queries });
    });
  }

  answered(question: number, nodes: readonly MergedNode[]): void {
    this.#take(question)?.resolve(nodes);
  }

  failed(question: number, error: KvError): void {
    this.#take(question)?.reject(error);
  }

  #take(question: number): Question | undefined {
    const asked = this.#asked.get(question);
    this.#asked.delete(question);
    return asked;
  }
}
