import type { BlockKey } from '../core/blockKey.js';
import type { RequestKind } from '../policy/policyColumns.js';

/**
 * On whose behalf pages are taken: what policies may know of a request. Whoever holds pages keeps it up to date.
 */
export class PageRequest {
  kind: RequestKind;
  /** Tokens of its prompt, as far as they are known. */
  promptTokens = 0;
  /** Tokens that it has come to, those of the prompt included. */
  tokens = 0;
  /** What computing one block anew takes on this worker, in ms; null before that was measured. */
  recomputeMs: number | null = null;

  /**
   * @param number the same for all its pages; no other request has it for long.
   * @param chain keys of its blocks in their order, also those that come later; empty where they are not known.
   */
  constructor(
    readonly number: number,
    kind: RequestKind,
    readonly chain: () => readonly BlockKey[] = () => [],
  ) {
    this.kind = kind;
  }

  /** @param tokens that it has come to. @param isPrompt nobody wants to know what follows the last of them. */
  stepped(tokens: number, isPrompt: boolean): void {
    this.tokens = tokens;
    if (this.kind === 'attend') return;
    this.kind = isPrompt ? 'prefill' : 'decode';
    if (isPrompt) this.promptTokens = Math.max(this.promptTokens, tokens);
  }
}

/** Numbers requests. */
export class PageRequests {
  #last = 0;

  next(kind: RequestKind, chain?: () => readonly BlockKey[]): PageRequest {
    // 0 is for what nobody asked for.
    this.#last = (this.#last % 0xffff_ffff) + 1;
    return new PageRequest(this.#last, kind, chain);
  }
}
