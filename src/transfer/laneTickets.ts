import { timingSafeEqual } from 'node:crypto';
import { type Identity, identityText, unidentified } from '../core/identity.js';

export const ticketBytes = 32;
/** The part of a ticket that it is filed under; the rest is compared in constant time. */
const nameBytes = 8;

/** For whom a ticket was issued. */
export interface TicketHolder {
  readonly tenant: string;
  /** Who asked, where it has proved that: the connection has to come from it too. */
  readonly identity?: Identity;
  /** As operators know it. */
  readonly name: string;
}

export type Redeemed =
  | { readonly kind: 'redeemed'; readonly holder: TicketHolder }
  /** Never issued, used before, or void. */
  | { readonly kind: 'unknown' };

interface Entry {
  readonly ticket: Buffer;
  readonly holder: TicketHolder;
  readonly voidAtMs: number;
}

/** Tickets that are out: each good for one connection, for a short time, for one tenant. */
export class LaneTickets {
  /** Oldest first, since all are good for equally long. */
  readonly #entries = new Map<string, Entry>();
  readonly #ticketsMax: number;
  readonly #ticketMs: number;

  constructor({ ticketsMax, ticketMs }: { readonly ticketsMax: number; readonly ticketMs: number }) {
    this.#ticketsMax = ticketsMax;
    this.#ticketMs = ticketMs;
  }

  /** Tickets that are out at `nowMs`. */
  out(nowMs: number): number {
    this.#dropVoid(nowMs);
    return this.#entries.size;
  }

  /** @param ticket 32 random bytes. `full` changes nothing. */
  issue(ticket: Uint8Array, holder: TicketHolder, nowMs: number): 'issued' | 'full' {
    if (this.out(nowMs) >= this.#ticketsMax) return 'full';
    const own = Buffer.from(ticket);
    this.#entries.set(nameOf(own), { ticket: own, holder, voidAtMs: nowMs + this.#ticketMs });
    return 'issued';
  }

  /** @param presenter whoever the connection's certificate is of; null where it shows none. */
  redeem(ticket: Uint8Array, nowMs: number, presenter: Identity | null = null): Redeemed {
    this.#dropVoid(nowMs);
    if (ticket.length !== ticketBytes) return { kind: 'unknown' };
    const name = nameOf(ticket);
    const entry = this.#entries.get(name);
    if (entry === undefined || !timingSafeEqual(entry.ticket, ticket)) return { kind: 'unknown' };
    this.#entries.delete(name);
    const { identity = unidentified } = entry.holder;
    if (presenter !== null && identityText(identity) !== identityText(presenter)) return { kind: 'unknown' };
    return { kind: 'redeemed', holder: entry.holder };
  }

  #dropVoid(nowMs: number): void {
    for (const [name, { voidAtMs }] of this.#entries) {
      if (voidAtMs > nowMs) return;
      this.#entries.delete(name);
    }
  }
}

function nameOf(ticket: Uint8Array): string {
  return Buffer.from(ticket.buffer, ticket.byteOffset, nameBytes).toString('hex');
}
