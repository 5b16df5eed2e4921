import { setMaxListeners } from 'node:events';
import type { TierName } from '../core/tierName.js';
import type { PageHandle } from '../tiers/pageHandle.js';
import type { TierStack } from '../tiers/tierStack.js';

/** Pages that are brought before the step that reads them is there: about half of the slots that they pass through. */
export const pagesAheadMax = 8;

/**
 * Brings what the next job of a lane will read first, between two jobs: exact attention reads the same pages
 * again. They pass through staging slots and are held by nobody: where another job needs the room it takes it.
 */
export class LoadsAhead {
  readonly #stack: Pick<TierStack, 'doneWith' | 'load'>;
  #abort: AbortController | null = null;
  readonly #from = new Map<PageHandle, TierName>();

  constructor(stack: Pick<TierStack, 'doneWith' | 'load'>) {
    this.#stack = stack;
  }

  /** @param pages held by a sequence until `stop`, in the order in which they will be read. */
  begin(pages: readonly PageHandle[]): void {
    this.stop();
    this.#from.clear();
    if (pages.length === 0) return;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    setMaxListeners(pages.length + 1, signal);
    for (const handle of pages) {
      void this.#stack.load(handle, { priority: 'prefetch', signal }).then((outcome) => {
        if (outcome.kind !== 'hit') return; // the step asks again, and hears why
        if (outcome.from !== 'device') this.#from.set(handle, outcome.from);
        this.#stack.doneWith(outcome.slot);
      });
    }
  }

  /** What has not begun is not wanted any more. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Where a page came from that was brought ahead; told once. */
  cameFrom(handle: PageHandle): TierName | null {
    const from = this.#from.get(handle) ?? null;
    this.#from.delete(handle);
    return from;
  }
}
