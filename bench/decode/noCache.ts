import type { KvClient } from '../../src/client/kvClient.js';
import type { Contender, Round } from '../support/contender.js';
import { tokenFigures } from './tokenFigures.js';
import { uncachedToken } from './uncachedToken.js';

/** Every token by computing everything before it anew: sequences under roots of their own find nothing. */
export class NoCache implements Contender {
  readonly name = 'kvtide, no cache';
  readonly context: number;
  readonly note = 'every token by a prefill of all before it';
  /** The last token that was computed. */
  token = -1;
  readonly #client: KvClient;
  readonly #prompt: readonly number[];
  readonly #tokens: number;
  readonly #signal: AbortSignal;

  constructor(client: KvClient, prompt: readonly number[], tokens: number, signal: AbortSignal) {
    this.context = prompt.length;
    this.#client = client;
    this.#prompt = prompt;
    this.#tokens = tokens;
    this.#signal = signal;
  }

  async round(): Promise<Round> {
    let ms = 0;
    for (let count = 0; count < this.#tokens; count += 1) {
      const { tokens, timings } = await uncachedToken(this.#client, this.#prompt, this.#signal);
      this.token = tokens[0] ?? -1;
      ms += timings.firstTokenMs;
    }
    return tokenFigures(this.context, ms / this.#tokens);
  }
}
