import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallGate, type GateEffect, type GateLimits } from '../../src/core/callGate.js';

const limits: GateLimits = {
  runningMax: 2,
  waitingMax: 4,
  waitingPerClientMax: 3,
  waitMsMax: 100,
  retryMsMin: 10,
  retryMsMax: 1_000,
  returnSpacingMs: 5,
};

function ids(effects: readonly GateEffect[], kind: GateEffect['kind']): number[] {
  return effects.filter((effect) => effect.kind === kind).map(({ id }) => id);
}

/** Calls without a deadline, all at one time. */
function arrive(gate: CallGate, id: number, client = 'a', endsAtMs = Number.POSITIVE_INFINITY) {
  return gate.arrive({ id, client, endsAtMs }, 0);
}

describe('a call gate', () => {
  it('runs so many, lets so many wait, and refuses the others with times of their own', () => {
    const gate = new CallGate(limits);
    const effects = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((id) => arrive(gate, id, `client ${id % 2}`));
    expect(ids(effects, 'run')).toEqual([0, 1]);
    expect([gate.running, gate.waiting, gate.refused]).toEqual([2, 4, 2]);
    const hints = effects.flatMap((effect) => (effect.kind === 'refuse' ? [effect.retryAfterMs] : []));
    expect(hints).toEqual([15, 20]);
  });

  it('takes clients in turns, and calls of one client in order', () => {
    const gate = new CallGate(limits);
    for (const id of [0, 1, 2, 3, 4]) arrive(gate, id, 'greedy');
    arrive(gate, 5, 'modest');
    const order = [0, 1, 2, 5, 3].flatMap((id) => ids(gate.end(id, 1), 'run'));
    expect(order).toEqual([2, 5, 3, 4]);
  });

  it('lets no client fill the line', () => {
    const gate = new CallGate(limits);
    const effects = [0, 1, 2, 3, 4, 5].flatMap((id) => arrive(gate, id, 'greedy'));
    expect(ids(effects, 'refuse')).toEqual([5]);
    expect(ids(arrive(gate, 6, 'modest'), 'refuse')).toEqual([]);
  });

  it('refuses at once what would be too late when its turn comes', () => {
    const gate = new CallGate(limits);
    for (const id of [0, 1]) arrive(gate, id);
    for (const id of [0, 1]) gate.end(id, 3_200); // calls take long
    for (const id of [2, 3, 4, 5]) gate.arrive({ id, client: 'a', endsAtMs: 1e9 }, 3_200);
    const effects = gate.arrive({ id: 6, client: 'b', endsAtMs: 3_210 }, 3_200);
    expect(ids(effects, 'refuse')).toEqual([6]);
  });

  it('refuses what waited too long, or past its deadline, before any work is done', () => {
    const gate = new CallGate(limits);
    for (const id of [0, 1, 2]) arrive(gate, id);
    arrive(gate, 3, 'b', 50);
    expect(ids(gate.expire(49), 'refuse')).toEqual([]);
    expect(ids(gate.end(0, 50), 'refuse')).toEqual([3]);
    arrive(gate, 4);
    expect(ids(gate.end(1, 100), 'refuse')).toEqual([4]);
  });

  it('lets what runs go on and refuses all others while it is squeezed', () => {
    const gate = new CallGate(limits);
    arrive(gate, 0);
    gate.squeeze(true);
    expect(ids(arrive(gate, 1), 'refuse')).toEqual([1]);
    expect(gate.running).toBe(1);
    gate.squeeze(false);
    expect(ids(arrive(gate, 2), 'run')).toEqual([2]);
  });

  it('holds its bounds and answers every call once, whatever comes', () => {
    const step = fc.record({
      kind: fc.constantFrom('arrive', 'arrive', 'end', 'expire', 'squeeze', 'release'),
      client: fc.constantFrom('a', 'b', 'c'),
      pick: fc.nat(),
      afterMs: fc.nat(40),
      leftMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(80)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const gate = new CallGate(limits);
        const unanswered = new Set<number>();
        const running = new Set<number>();
        let nowMs = 0;
        const take = (effects: readonly GateEffect[]) => {
          for (const { kind, id } of effects) {
            expect(unanswered.delete(id)).toBe(true);
            if (kind === 'run') running.add(id);
          }
        };
        const end = (id: number) => {
          if (!running.delete(id)) unanswered.delete(id);
          take(gate.end(id, nowMs));
        };
        for (const [id, { kind, client, pick, afterMs, leftMs }] of steps.entries()) {
          nowMs += afterMs;
          if (kind === 'arrive') {
            unanswered.add(id);
            take(gate.arrive({ id, client, endsAtMs: nowMs + leftMs }, nowMs));
          } else if (kind === 'end') {
            const known = [...running, ...unanswered];
            if (known.length > 0) end(known[pick % known.length]!);
          } else if (kind === 'expire') take(gate.expire(nowMs));
          else gate.squeeze(kind === 'squeeze');
          expect(gate.running).toBe(running.size);
          expect(gate.waiting).toBe(unanswered.size);
          expect(running.size).toBeLessThanOrEqual(limits.runningMax);
          expect(unanswered.size).toBeLessThanOrEqual(limits.waitingMax);
          if (unanswered.size > 0) expect(running.size).toBe(limits.runningMax);
        }
        for (let id = [...running][0]; id !== undefined; id = [...running][0]) end(id);
        expect(unanswered.size).toBe(0);
      }),
    );
  });
});
