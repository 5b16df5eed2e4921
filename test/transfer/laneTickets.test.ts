import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LaneTickets } from '../../src/transfer/laneTickets.js';

const holder = { tenant: 'acme', name: 'client-1' };
const unknown = { kind: 'unknown' };

function tickets() {
  const table = new LaneTickets({ ticketsMax: 3, ticketMs: 100 });
  const issue = (nowMs: number, who = holder) => {
    const ticket = randomBytes(32);
    return { ticket, kind: table.issue(ticket, who, nowMs) };
  };
  return { table, issue };
}

describe('tickets for lanes', () => {
  it('are good once, for who they were issued to', () => {
    const { table, issue } = tickets();
    const other = { tenant: 'other', name: 'client-2' };
    const first = issue(0).ticket;
    const second = issue(0, other).ticket;
    expect(table.redeem(second, 1)).toEqual({ kind: 'redeemed', holder: other });
    expect(table.redeem(first, 1)).toEqual({ kind: 'redeemed', holder });
    expect(table.redeem(first, 1)).toEqual(unknown);
  });

  it('are void after their time', () => {
    const { table, issue } = tickets();
    const early = issue(0).ticket;
    const late = issue(50).ticket;
    expect(table.redeem(early, 100)).toEqual(unknown);
    expect(table.redeem(late, 149)).toEqual({ kind: 'redeemed', holder });
  });

  it('are bounded in number; those that are void or used make room', () => {
    const { table, issue } = tickets();
    const first = issue(0).ticket;
    expect([issue(0).kind, issue(10).kind, issue(20).kind]).toEqual(['issued', 'issued', 'full']);
    table.redeem(first, 20);
    expect([issue(20).kind, issue(20).kind, table.out(20)]).toEqual(['issued', 'full', 3]);
    expect([issue(105).kind, table.out(105)]).toEqual(['issued', 3]);
  });

  it('differ in every bit', () => {
    const { table, issue } = tickets();
    const { ticket } = issue(0);
    for (let bit = 0; bit < 256; bit += 1) {
      const guess = Buffer.from(ticket);
      guess[bit >> 3]! ^= 1 << (bit & 7);
      expect(table.redeem(guess, 1)).toEqual(unknown);
    }
    expect(table.redeem(ticket.subarray(1), 1)).toEqual(unknown);
    expect(table.redeem(ticket, 1).kind).toBe('redeemed');
  });

  it('keep their own copy', () => {
    const { table, issue } = tickets();
    const { ticket } = issue(0);
    const kept = Buffer.from(ticket);
    ticket.fill(0);
    expect(table.redeem(kept, 1).kind).toBe('redeemed');
  });
});
