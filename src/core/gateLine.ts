import { CallGate, type GateEffect, type GateLimits } from './callGate.js';
import type { Cancel, Clock } from './ports/clock.js';

export type Entry =
  /** `end` has to be called once, when the work is over. */
  | { readonly kind: 'run'; readonly end: () => void }
  /** Nothing was done for the caller, who may come again after so long. */
  | { readonly kind: 'refused'; readonly retryAfterMs: number };

export interface GateFigures {
  readonly running: number;
  readonly waiting: number;
  readonly refused: number;
}

/** How a caller asks: who it is, and how long it will wait at most. */
export interface Asking {
  readonly client: string;
  readonly leftMs: number;
  /** Gives its place in the line up. */
  readonly signal: AbortSignal;
}

/** A CallGate with a clock: answers in the same turn where it can. */
export class GateLine {
  readonly #gate: CallGate;
  readonly #clock: Clock;
  readonly #waitMsMax: number;
  readonly #answers = new Map<number, (entry: Entry) => void>();
  #lastId = 0;
  #cancelTimer: Cancel | null = null;

  constructor(limits: GateLimits, clock: Clock) {
    this.#gate = new CallGate(limits);
    this.#waitMsMax = limits.waitMsMax;
    this.#clock = clock;
  }

  get figures(): GateFigures {
    const { running, waiting, refused } = this.#gate;
    return { running, waiting, refused };
  }

  squeeze(isOn: boolean): void {
    this.#gate.squeeze(isOn);
  }

  enter({ client, leftMs, signal }: Asking): Entry | Promise<Entry> {
    this.#lastId += 1;
    const id = this.#lastId;
    const nowMs = this.#clock.monotonicMs();
    let entry: Entry | null = null;
    this.#answers.set(id, (given) => {
      entry = given;
    });
    this.#do(this.#gate.arrive({ id, client, endsAtMs: nowMs + leftMs }, nowMs));
    if (entry !== null) return entry;
    this.#watch();
    return new Promise((resolve) => {
      const leave = () => {
        if (!this.#answers.delete(id)) return;
        resolve({ kind: 'refused', retryAfterMs: 0 }); // nobody hears it
        this.#do(this.#gate.end(id, this.#clock.monotonicMs()));
      };
      this.#answers.set(id, (given) => {
        signal.removeEventListener('abort', leave);
        resolve(given);
      });
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
  }

  #do(effects: readonly GateEffect[]): void {
    for (const effect of effects) {
      const { id } = effect;
      const answer = this.#answers.get(id);
      this.#answers.delete(id);
      if (effect.kind === 'refuse') answer?.({ kind: 'refused', retryAfterMs: effect.retryAfterMs });
      else answer?.({ kind: 'run', end: () => this.#end(id) });
    }
  }

  /**
   * In a later turn: what came in the same turn as this call stood behind it, though it may be over before
   * they are looked at. Without this, work without pauses would never be seen to queue.
   */
  #end(id: number): void {
    this.#clock.setTimer(0, () => this.#do(this.#gate.end(id, this.#clock.monotonicMs())));
  }

  /** Looks at the line as long as anybody waits: none waits longer than twice the bound. */
  #watch(): void {
    if (this.#cancelTimer !== null) return;
    this.#cancelTimer = this.#clock.setTimer(this.#waitMsMax, () => {
      this.#cancelTimer = null;
      this.#do(this.#gate.expire(this.#clock.monotonicMs()));
      if (this.#gate.waiting > 0) this.#watch();
    });
  }
}
