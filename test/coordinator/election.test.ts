import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Election,
  type ElectionEffect,
  type ElectionEvent,
  type Seat,
} from '../../src/coordinator/election.js';

const options = { leaseMs: 1_500, marginMs: 250 };
const seat = (fence: number, beat: number, leader = 'a:1'): Seat => ({ fence, beat, leader });

function leading(nowMs = 0): Election {
  const election = new Election(options, nowMs);
  election.handle({ kind: 'looked', seat: seat(0, 0, '') }, nowMs);
  election.handle({ kind: 'elected', fence: 5, atMs: nowMs }, nowMs);
  return election;
}

describe('Election', () => {
  it('campaigns at once where nobody leads', () => {
    const election = new Election(options, 0);
    expect(election.handle({ kind: 'looked', seat: seat(0, 0, '') }, 0)).toEqual([
      { kind: 'campaign', seat: seat(0, 0, '') },
    ]);
  });

  it('leaves a leader alone whose beat changes, and replaces one whose beat stands still', () => {
    const election = new Election(options, 0);
    for (let at = 0; at < 5_000; at += 250)
      expect(election.handle({ kind: 'looked', seat: seat(5, at) }, at)).toEqual([]);
    expect(election.handle({ kind: 'looked', seat: seat(5, 4_750) }, 6_249)).toEqual([]);
    expect(election.handle({ kind: 'looked', seat: seat(5, 4_750) }, 6_250)).toEqual([
      { kind: 'campaign', seat: seat(5, 4_750) },
    ]);
  });

  it('leads until the lease less the margin is over, counted from when the renewal was sent for', () => {
    const election = leading();
    election.handle({ kind: 'renewed', fence: 5, atMs: 1_000 }, 1_100);
    expect(election.leads(5, 2_249)).toBe(true);
    expect(election.leads(5, 2_250)).toBe(false);
    expect(election.leads(4, 1_100)).toBe(false);
  });

  it.each<ElectionEvent>([
    { kind: 'tick' },
    { kind: 'renewed', fence: 5, atMs: 9_000 },
    { kind: 'elected', fence: 5, atMs: 0 },
    { kind: 'looked', seat: seat(9, 9, 'b:1') },
    { kind: 'refused', fence: 5 },
  ])('steps down with whatever it hears first after a pause: %o', (event) => {
    const effects = leading().handle(event, 9_000);
    expect(effects[0]).toEqual({ kind: 'stepDown', fence: 5, cause: 'lease' });
    expect(effects.filter(({ kind }) => kind === 'renew' || kind === 'lead')).toEqual([]);
  });

  it('does not begin to lead when it hears too late that it was elected', () => {
    const election = new Election(options, 0);
    election.handle({ kind: 'looked', seat: seat(0, 0, '') }, 0);
    expect(election.handle({ kind: 'elected', fence: 5, atMs: 0 }, 1_250)).toEqual([]);
    expect(election.leads(5, 1_250)).toBe(false);
  });

  it('steps down when etcd refuses, and not for a refusal of an earlier time', () => {
    const election = leading();
    expect(election.handle({ kind: 'refused', fence: 4 }, 10)).toEqual([]);
    expect(election.handle({ kind: 'refused', fence: 5 }, 10)).toEqual([
      { kind: 'stepDown', fence: 5, cause: 'refused' },
    ]);
  });

  it('never has two that lead at one time, whatever is late, lost or paused', () => {
    const act = fc.record({
      who: fc.nat({ max: 2 }),
      delayMs: fc.nat({ max: 400 }),
      pauseMs: fc.oneof(fc.constant(0), fc.constant(0), fc.nat({ max: 5_000 })),
      isLost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(act, { minLength: 20, maxLength: 200 }), (acts) => {
        const group = new Group();
        for (const one of acts) group.step(one);
      }),
      { numRuns: 300 },
    );
  });
});

interface Act {
  readonly who: number;
  readonly delayMs: number;
  readonly pauseMs: number;
  readonly isLost: boolean;
}

/** Three members and the two keys, each question to them taking its time. */
class Group {
  #nowMs = 0;
  #revision = 0;
  #seat: Seat = { fence: 0, beat: 0, leader: '' };
  readonly #fences = new Map<number, number>();
  readonly #members = [0, 1, 2].map(() => new Election(options, 0));

  step({ who, delayMs, pauseMs, isLost }: Act): void {
    this.#nowMs += pauseMs;
    const member = this.#members[who]!;
    const effects = member.handle({ kind: 'tick' }, this.#nowMs);
    for (const effect of effects) this.#run(who, effect, delayMs, isLost);
    this.#check();
  }

  #run(who: number, effect: ElectionEffect, delayMs: number, isLost: boolean): void {
    const atMs = this.#nowMs;
    // The keys are looked at half way; the answer comes later, or never.
    this.#nowMs += delayMs / 2;
    const event = this.#answer(who, effect, atMs);
    this.#nowMs += delayMs / 2;
    if (event === null || isLost) return;
    for (const next of this.#members[who]!.handle(event, this.#nowMs)) {
      this.#check();
      if (next.kind === 'lead') this.#fences.set(who, next.fence);
      else this.#run(who, next, delayMs, false);
    }
  }

  #answer(who: number, effect: ElectionEffect, atMs: number): ElectionEvent | null {
    switch (effect.kind) {
      case 'look':
        return { kind: 'looked', seat: this.#seat };
      case 'campaign': {
        const isAsSeen = effect.seat.fence === this.#seat.fence && effect.seat.beat === this.#seat.beat;
        if (!isAsSeen) return { kind: 'notElected' };
        this.#revision += 1;
        const revision = this.#revision;
        this.#seat = { fence: revision, beat: revision, leader: `m:${who}` };
        return { kind: 'elected', fence: revision, atMs };
      }
      case 'renew':
        if (effect.fence !== this.#seat.fence) return { kind: 'refused', fence: effect.fence };
        this.#revision += 1;
        this.#seat = { ...this.#seat, beat: this.#revision };
        return { kind: 'renewed', fence: effect.fence, atMs };
      default:
        return null;
    }
  }

  #check(): void {
    const leaders = this.#members.filter((member, who) =>
      member.leads(this.#fences.get(who) ?? -1, this.#nowMs),
    );
    expect(leaders.length).toBeLessThanOrEqual(1);
  }
}
