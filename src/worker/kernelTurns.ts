import type { KernelTurn } from '../device/kernelTurn.js';
import type { ComputeLane } from './compute.js';

/** Of the time that decode batches take, a prefill gets so much beside them, at least. */
const prefillShare = 0.25;
/** What a prefill may have at once before the next decode batch begins. */
const grantMsMax = 50;

/** `wants`: it waits for its turn; `idle`: for something else. */
type LaneState = 'out' | 'wants' | 'running' | 'idle';

/**
 * Shares the compute thread between a decode batch and a prefill that goes on beside it. Decoding goes first:
 * a prefill makes its next kernel call when no batch is there or the batch waits for pages. But after each
 * batch a prefill has had its share before the next one begins, so that neither stops the other.
 */
export class KernelTurns {
  readonly #nowMs: () => number;
  readonly #states: Record<ComputeLane, LaneState> = { decode: 'out', prefill: 'out' };
  readonly #waiting: Record<ComputeLane, () => void> = { decode: () => {}, prefill: () => {} };
  /** The decode batch has made its first call. */
  #hasBegun = false;
  #beganMs = 0;
  /** What a prefill may still take before the next batch begins. */
  #grantMs = 0;
  /** Since when that is counted. */
  #spentMs = 0;

  /** @param nowMs a monotonic clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A job of the lane is there; it ends with `leave`. */
  enter(lane: ComputeLane): void {
    this.#states[lane] = 'idle';
    if (lane === 'decode') this.#hasBegun = false;
  }

  leave(lane: ComputeLane): void {
    this.#spend();
    this.#states[lane] = 'out';
    if (lane === 'prefill') this.#grantMs = 0;
    else if (this.#hasBegun) {
      const batchMs = this.#nowMs() - this.#beganMs;
      this.#grantMs = Math.min(grantMsMax, (batchMs * prefillShare) / (1 - prefillShare));
    }
    this.#goOn();
  }

  /** Whether the other lane has no job that a thread that sleeps would hold up. */
  isAlone(lane: ComputeLane): boolean {
    return this.#states[lane === 'decode' ? 'prefill' : 'decode'] === 'out';
  }

  turnOf(lane: ComputeLane): KernelTurn {
    return {
      next: () => this.#next(lane),
      idle: (event) => this.#idle(lane, event),
    };
  }

  async #next(lane: ComputeLane): Promise<void> {
    this.#spend();
    this.#states[lane] = 'wants';
    this.#goOn();
    if (!this.#isWaiting(lane)) return;
    await new Promise<void>((resolve) => {
      this.#waiting[lane] = resolve;
    });
  }

  async #idle<T>(lane: ComputeLane, event: Promise<T>): Promise<T> {
    this.#spend();
    this.#states[lane] = 'idle';
    this.#goOn();
    const value = await event;
    await this.#next(lane);
    return value;
  }

  #isWaiting(lane: ComputeLane): boolean {
    return this.#states[lane] === 'wants';
  }

  /** Lets those go who wait and may. */
  #goOn(): void {
    for (const lane of ['decode', 'prefill'] as const) {
      if (!this.#isWaiting(lane) || !this.#mayGo(lane)) continue;
      this.#states[lane] = 'running';
      if (lane === 'decode' && !this.#hasBegun) {
        this.#hasBegun = true;
        this.#beganMs = this.#nowMs();
      }
      this.#waiting[lane]();
    }
  }

  /** A batch that is under way goes on at once; one that is to begin lets the prefill have what is granted. */
  #mayGo(lane: ComputeLane): boolean {
    const { decode, prefill } = this.#states;
    if (lane === 'decode')
      return this.#hasBegun || this.#grantMs <= 0 || prefill === 'out' || prefill === 'idle';
    return decode === 'out' || decode === 'idle' || (decode === 'wants' && this.#grantMs > 0);
  }

  /** Counts what the prefill has had since it was last looked at. */
  #spend(): void {
    const nowMs = this.#nowMs();
    if (this.#states.prefill === 'running' && this.#states.decode !== 'running')
      this.#grantMs -= nowMs - this.#spentMs;
    this.#spentMs = nowMs;
  }
}
