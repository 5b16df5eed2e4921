import { KvError } from '../core/errors.js';
import type { CallContext } from '../core/ports/network.js';
import type { CoordinatorEffect, Placing, PlannedSequence } from './coordinatorEvent.js';
import type { TakeEvent } from './takeEvent.js';

interface Waiting {
  readonly accept: (placed: PlannedSequence) => void;
  readonly reject: (error: KvError) => void;
  readonly withdrawn: () => void;
}

/** The calls whose sequences wait for room: the machine decides about them, here they are held. */
export class WaitingCalls {
  readonly #take: TakeEvent;
  readonly #waiting = new Map<number, Waiting>();
  #tickets = 0;

  constructor(take: TakeEvent) {
    this.#take = take;
  }

  /**
   * Places a sequence, waiting for room unless the caller will not.
   * @param ask gives the machine the event; null: the caller does not wait.
   * @throws KvError what the machine refuses with; `cancelled` when the caller is gone, and then nothing is
   * placed.
   */
  async place(
    ask: (ticket: number | null) => Promise<Placing>,
    noWait: boolean,
    { tenant, signal }: Pick<CallContext, 'tenant' | 'signal'>,
  ): Promise<PlannedSequence> {
    const ticket = this.#tickets;
    this.#tickets += 1;
    // Held before it is asked: the end of the wait may come before the answer that there is one.
    const ended = new Promise<PlannedSequence>((accept, reject) => {
      const withdrawn = () => reject(KvError.from(signal.reason, 'cancelled'));
      this.#waiting.set(ticket, { accept, reject, withdrawn });
    });
    ended.catch(() => {}); // a refusal counts when it is waited for
    // Its wait may have ended already, and be about to be told: then that end counts.
    const withdraw = () => void this.#take('withdraw', { ticket }).catch(() => {});
    try {
      const answer = await ask(noWait ? null : ticket);
      if (answer.kind === 'placed') return await this.#unlessGone(answer.placed, tenant, signal);
      signal.addEventListener('abort', withdraw, { once: true });
      if (signal.aborted) withdraw();
      return await this.#unlessGone(await ended, tenant, signal);
    } finally {
      signal.removeEventListener('abort', withdraw);
      this.#waiting.delete(ticket);
    }
  }

  /**
   * Tells the caller of an effect's ticket, once what follows from the effect is durable.
   * @param failure why it could not be made durable.
   */
  settle(effect: CoordinatorEffect, failure?: KvError): void {
    if (effect.kind !== 'admitted' && effect.kind !== 'refused' && effect.kind !== 'withdrawn') return;
    const waiting = this.#waiting.get(effect.ticket);
    if (effect.kind === 'refused') waiting?.reject(effect.error);
    else if (effect.kind === 'withdrawn') waiting?.withdrawn();
    else if (failure === undefined) waiting?.accept(effect.placed);
    else waiting?.reject(failure);
  }

  /** Nobody would release a sequence whose caller is gone. */
  async #unlessGone(placed: PlannedSequence, tenant: string, signal: AbortSignal): Promise<PlannedSequence> {
    if (!signal.aborted) return placed;
    await this.#take('release', { tenant, sequence: placed.plan.sequence });
    throw KvError.from(signal.reason, 'cancelled');
  }
}
