/** Bounds of one class of calls. */
export interface GateLimits {
  /** Calls that run at once. */
  readonly runningMax: number;
  /** Calls that wait in all, and of one client. */
  readonly waitingMax: number;
  readonly waitingPerClientMax: number;
  /** A call that has waited so long is refused before any work is done for it. */
  readonly waitMsMax: number;
  /** The least and the most that a refused caller is asked to stay away. */
  readonly retryMsMin: number;
  readonly retryMsMax: number;
  /** Refused callers are asked to come one by one, at least so far apart. */
  readonly returnSpacingMs: number;
}

/** A call that asks to run. Ids are the caller's, each used once. */
export interface ArrivingCall {
  readonly id: number;
  /** Who asks: waiting calls of different clients take turns. */
  readonly client: string;
  /** When its caller stops waiting for it; infinite without a deadline. On the clock of `nowMs`. */
  readonly endsAtMs: number;
}

export type GateEffect =
  | { readonly kind: 'run'; readonly id: number }
  | { readonly kind: 'refuse'; readonly id: number; readonly retryAfterMs: number };

interface WaitingCall extends ArrivingCall {
  readonly sinceMs: number;
}

/** How much the newest call weighs in the mean time that calls take. */
const newestShare = 1 / 16;
/** Refused callers are told times at which they come at this share of the rate that calls end at. */
const returningShare = 0.5;

/**
 * Decides which calls of one class run, wait or are refused. Time is given, nothing is done: who asks
 * carries out the effects. Every call that arrives is answered by one effect, now or later, unless `end`
 * comes first.
 */
export class CallGate {
  /** When each call that runs began. */
  readonly #running = new Map<number, number>();
  /** By client, the one whose turn it is first. */
  readonly #waiting = new Map<string, WaitingCall[]>();
  readonly #limits: GateLimits;
  #waitingCount = 0;
  #refused = 0;
  #meanMs = 1;
  #isSqueezed = false;
  /** The time that the next refused caller is asked to come at. */
  #nextTurnMs = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waitingCount;
  }

  get refused(): number {
    return this.#refused;
  }

  /** While it is on, calls that run go on and every new one is refused. */
  squeeze(isOn: boolean): void {
    this.#isSqueezed = isOn;
  }

  arrive(call: ArrivingCall, nowMs: number): readonly GateEffect[] {
    const dropped = this.expire(nowMs);
    if (this.#isSqueezed) return [...dropped, this.#refuse(call.id, nowMs)];
    if (this.#running.size < this.#limits.runningMax && this.#waitingCount === 0) {
      this.#running.set(call.id, nowMs);
      return [...dropped, { kind: 'run', id: call.id }];
    }
    const queue = this.#waiting.get(call.client) ?? [];
    if (!this.#mayWait(call, queue.length, nowMs)) return [...dropped, this.#refuse(call.id, nowMs)];
    queue.push({ ...call, sinceMs: nowMs });
    this.#waiting.set(call.client, queue);
    this.#waitingCount += 1;
    return [...dropped, ...this.#fill(nowMs)];
  }

  /** A call has ended, or its caller has gone while it waited. Ids that are not here mean nothing. */
  end(id: number, nowMs: number): readonly GateEffect[] {
    const begunMs = this.#running.get(id);
    if (begunMs === undefined) this.#forget(id);
    else {
      this.#running.delete(id);
      this.#meanMs += (nowMs - begunMs - this.#meanMs) * newestShare;
    }
    return [...this.expire(nowMs), ...this.#fill(nowMs)];
  }

  /** Refuses what has waited too long, or whose caller no longer waits. */
  expire(nowMs: number): readonly GateEffect[] {
    const late: GateEffect[] = [];
    for (const [client, queue] of this.#waiting) {
      const kept = queue.filter(
        ({ sinceMs, endsAtMs }) => nowMs - sinceMs < this.#limits.waitMsMax && endsAtMs > nowMs,
      );
      if (kept.length === queue.length) continue;
      for (const { id } of queue) {
        if (!kept.some((call) => call.id === id)) late.push(this.#refuse(id, nowMs));
      }
      this.#waitingCount -= queue.length - kept.length;
      if (kept.length === 0) this.#waiting.delete(client);
      else this.#waiting.set(client, kept);
    }
    return late;
  }

  #mayWait({ endsAtMs }: ArrivingCall, ofClient: number, nowMs: number): boolean {
    const { runningMax, waitingMax, waitingPerClientMax } = this.#limits;
    if (this.#waitingCount >= waitingMax || ofClient >= waitingPerClientMax) return false;
    return nowMs + (this.#waitingCount * this.#meanMs) / runningMax < endsAtMs;
  }

  #fill(nowMs: number): readonly GateEffect[] {
    const begun: GateEffect[] = [];
    while (this.#running.size < this.#limits.runningMax) {
      const [turn] = this.#waiting;
      if (turn === undefined) break;
      const [client, [first, ...others]] = turn;
      this.#waiting.delete(client);
      if (others.length > 0) this.#waiting.set(client, others); // behind the other clients
      if (first === undefined) continue;
      this.#waitingCount -= 1;
      this.#running.set(first.id, nowMs);
      begun.push({ kind: 'run', id: first.id });
    }
    return begun;
  }

  /** Each refused caller gets a time of its own, so that they do not come back together. */
  #refuse(id: number, nowMs: number): GateEffect {
    const { runningMax, retryMsMin, retryMsMax, returnSpacingMs } = this.#limits;
    this.#refused += 1;
    const spacingMs = Math.max(returnSpacingMs, this.#meanMs / runningMax / returningShare);
    this.#nextTurnMs = Math.min(Math.max(nowMs, this.#nextTurnMs) + spacingMs, nowMs + retryMsMax);
    const retryAfterMs = Math.ceil(Math.min(retryMsMax, retryMsMin + this.#nextTurnMs - nowMs));
    return { kind: 'refuse', id, retryAfterMs };
  }

  #forget(id: number): void {
    for (const [client, queue] of this.#waiting) {
      const kept = queue.filter((call) => call.id !== id);
      if (kept.length === queue.length) continue;
      this.#waitingCount -= 1;
      if (kept.length === 0) this.#waiting.delete(client);
      else this.#waiting.set(client, kept);
      return;
    }
  }
}
