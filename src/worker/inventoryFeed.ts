import { blockKeyToBytes } from '../core/blockKey.js';
import type { PageId } from '../core/pageId.js';
import type { Cancel, Clock } from '../core/ports/clock.js';
import type { Duplex } from '../core/ports/network.js';
import type { InventoryAck__Output } from '../rpc/gen/kvtide/v1/InventoryAck.js';
import type { InventoryChange } from '../rpc/gen/kvtide/v1/InventoryChange.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { WorkerLimits } from './workerLimits.js';

type InventoryStream = Duplex<InventoryAck__Output, InventoryChange>;

interface Change {
  readonly kind: 'added' | 'removed';
  readonly page: PageId;
}

/** What one message carries. */
interface Part {
  readonly added?: readonly PageId[];
  readonly removed?: readonly PageId[];
  /** It begins a whole inventory. */
  readonly whole?: boolean;
  /** The whole inventory goes on in the next message. */
  readonly more?: boolean;
}

/**
 * Tells the coordinator which pages this worker holds: all of them first, then numbered changes, gathered
 * for a moment so that a step's pages travel in one message.
 */
export class InventoryFeed {
  readonly #stack: TierStack;
  readonly #worker: string;
  readonly #clock: Clock;
  readonly #limits: WorkerLimits;
  #waiting: Change[] = [];
  #number = 0;
  /** Number of the last message of the whole inventory. */
  #wholeUntil = 0;
  #timer: Cancel | null = null;
  #stream: InventoryStream | null = null;

  constructor(stack: TierStack, worker: string, clock: Clock, limits: WorkerLimits) {
    this.#stack = stack;
    this.#worker = worker;
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Feeds one stream until it breaks, which it reports by throwing.
   * @param onWhole called when the coordinator has confirmed the whole inventory.
   */
  async run(stream: InventoryStream, onWhole: () => void): Promise<void> {
    const unsubscribe = this.#stack.onInventory((change) => this.#changed(change));
    this.#stream = stream;
    this.#number = 0;
    try {
      await this.#sendWhole();
      for await (const { number, resend } of stream) {
        if (resend) await this.#sendWhole();
        else if (number >= this.#wholeUntil) onWhole();
      }
    } finally {
      unsubscribe();
      this.#timer?.();
      this.#timer = null;
      this.#stream = null;
      this.#waiting = [];
    }
  }

  async #sendWhole(): Promise<void> {
    this.#waiting = [];
    const pages = [...this.#stack.inventory()];
    for (let start = 0; start === 0 || start < pages.length; start += this.#limits.inventoryBatch) {
      const end = start + this.#limits.inventoryBatch;
      await this.#send({ added: pages.slice(start, end), whole: start === 0, more: end < pages.length });
    }
    this.#wholeUntil = this.#number;
  }

  #changed(change: Change): void {
    this.#waiting.push(change);
    if (this.#waiting.length >= this.#limits.inventoryBatch) this.#flush();
    else this.#timer ??= this.#clock.setTimer(this.#limits.inventoryDelayMs, () => this.#flush());
  }

  #flush(): void {
    this.#timer?.();
    this.#timer = null;
    const changes = this.#waiting;
    this.#waiting = [];
    const of = (kind: Change['kind']) => changes.filter((one) => one.kind === kind).map(({ page }) => page);
    // A broken stream ends `run`, which reports it; the next one starts with the whole inventory.
    this.#send({ added: of('added'), removed: of('removed') }).catch(() => {});
  }

  async #send({ added = [], removed = [], whole = false, more = false }: Part): Promise<void> {
    this.#number += 1;
    await this.#stream?.send({
      protocol: ownProtocol(),
      worker: this.#worker,
      number: this.#number,
      whole,
      more,
      added: added.map(pageMessage),
      removed: removed.map(pageMessage),
    });
  }
}

function pageMessage({ block, layer }: PageId) {
  return { block: blockKeyToBytes(block), layer };
}
