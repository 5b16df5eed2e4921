import type { KvClient } from '../../src/client/kvClient.js';
import { KvError } from '../../src/core/errors.js';
import { uncachedToken } from '../decode/uncachedToken.js';

/** A prefill under a root of its own, so that nothing of it is cached, and when it was how far. */
export class TimedPrefill {
  isDone = false;
  /** Resolves when the first tokens are computed, or with the failure. */
  readonly started: Promise<void>;
  readonly #client: KvClient;
  readonly #prompt: readonly number[];
  readonly #signal: AbortSignal;
  readonly #stopping = new AbortController();
  /** Tokens that had their KV, and when. */
  readonly #progress: { readonly computed: number; readonly ms: number }[] = [];
  #startedMs = 0;
  #begin: () => void = () => {};

  constructor(client: KvClient, prompt: readonly number[], signal: AbortSignal) {
    this.#client = client;
    this.#prompt = prompt;
    this.#signal = AbortSignal.any([signal, this.#stopping.signal]);
    this.started = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  get computed(): number {
    return this.#progress.at(-1)?.computed ?? 0;
  }

  get totalMs(): number {
    return this.#progress.at(-1)?.ms ?? 0;
  }

  /** From the start until so many tokens were computed; for what was not reached, the last that was. */
  msUntil(computed: number): number {
    return this.#progress.find((one) => one.computed >= computed)?.ms ?? this.totalMs;
  }

  /** @throws KvError of the generation; `cancelled` once stopped. */
  async run(): Promise<void> {
    this.#startedMs = performance.now();
    const prefill = (computed: number) => {
      this.#progress.push({ computed, ms: performance.now() - this.#startedMs });
      this.#begin();
    };
    try {
      await uncachedToken(this.#client, this.#prompt, this.#signal, { prefill });
    } finally {
      this.isDone = true;
      this.#begin();
    }
  }

  /** Ends it where it is. */
  stop(): void {
    this.#stopping.abort(new KvError('cancelled', 'the prefill was stopped'));
  }
}
