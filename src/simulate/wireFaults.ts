import type { SimulatedRandom } from './simulatedRandom.js';

export interface WireFaultOptions {
  /** Bounds of the delay of one message, drawn from the seed. */
  readonly delayMsMin?: number;
  readonly delayMsMax?: number;
}

/** Faults of all wires, all off by default. Shares are of the messages, from 0 to 1. */
export interface WireNoise {
  /** Messages that are lost and sent again: TCP loses none, it is late. */
  readonly lostShare: number;
  /** Requests that arrive twice. */
  readonly repeatedShare: number;
  /** Messages that take up to `lateMsMax` longer, so that those of other calls overtake them. */
  readonly lateShare: number;
  readonly lateMsMax: number;
}

export type WireFaultKind = 'loss' | 'duplication' | 'delay';

export const quietWire: WireNoise = { lostShare: 0, repeatedShare: 0, lateShare: 0, lateMsMax: 0 };

/** What TCP waits at first before it sends again what was not acknowledged; it doubles from try to try. */
const resendMs = 200;
const resendsMax = 5;

/** What goes wrong between machines: ways that are cut, one direction at a time, and noise on all of them. */
export class WireFaults {
  /** How long a side that hears nothing takes the other for alive: as gRPC's keepalive is set. */
  readonly silenceMs = 5_000;
  readonly counts: Record<WireFaultKind, number> = { loss: 0, duplication: 0, delay: 0 };
  readonly #random: SimulatedRandom;
  readonly #delayMsMin: number;
  readonly #delayMsMax: number;
  readonly #cuts = new Set<string>();
  #noise = quietWire;

  constructor(random: SimulatedRandom, { delayMsMin = 0.1, delayMsMax = 1 }: WireFaultOptions) {
    this.#random = random;
    this.#delayMsMin = delayMsMin;
    this.#delayMsMax = delayMsMax;
  }

  setNoise(noise: WireNoise): void {
    this.#noise = noise;
  }

  /** Nothing that one machine sends arrives at the other any more; the other direction is as it was. */
  cut(from: string, to: string): void {
    this.#cuts.add(way(from, to));
  }

  mend(from: string, to: string): void {
    this.#cuts.delete(way(from, to));
  }

  mendAll(): void {
    this.#cuts.clear();
    this.#noise = quietWire;
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(way(from, to));
  }

  drawDelayMs(): number {
    const { lostShare, lateShare, lateMsMax } = this.#noise;
    let delayMs = this.#delayMsMin + this.#random.fraction() * (this.#delayMsMax - this.#delayMsMin);
    for (let tries = 0; tries < resendsMax && this.#random.chance(lostShare); tries += 1) {
      this.counts.loss += 1;
      delayMs += resendMs * 2 ** tries;
    }
    if (this.#random.chance(lateShare)) {
      this.counts.delay += 1;
      delayMs += this.#random.fraction() * lateMsMax;
    }
    return delayMs;
  }

  drawsRepeat(): boolean {
    const isRepeated = this.#random.chance(this.#noise.repeatedShare);
    if (isRepeated) this.counts.duplication += 1;
    return isRepeated;
  }
}

const way = (from: string, to: string): string => `${from}>${to}`;
