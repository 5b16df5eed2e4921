const mebibyte = 2 ** 20;

/** Every bound of the lanes that are connections of their own. */
export interface LaneLimits {
  /** A ticket that was not used for so long is void. */
  readonly ticketMs: number;
  /** Tickets that are out; more are refused. */
  readonly ticketsMax: number;
  /** Connections that a server holds; more are closed at once, with an error. */
  readonly connectionsMax: number;
  /** Those of them that have not said hello; more are closed at once, with an error. */
  readonly strangersMax: number;
  /** From accepting a connection to its whole `hello`. */
  readonly helloMs: number;
  /** Time for one frame to come whole, and for one to be taken off our hands. */
  readonly frameMs: number;
  /** Requests of one connection that may be outstanding; further ones wait where they are. */
  readonly window: number;
  /** Bytes that wait to be sent on one connection before its requests are left unread. */
  readonly queuedBytesMax: number;
  /** Calls that may wait for room in the window; more are throttled. */
  readonly waitingMax: number;
  /** What a call that is throttled on this side is told. */
  readonly retryAfterMs: number;
  /** From dialling to `welcome`, for each address tried. */
  readonly openMs: number;
  /** A peer that owes an answer and is silent for so long is taken for gone. */
  readonly silentMs: number;
  /** How long a connection that ends with an error goes on reading, so that the error gets through. */
  readonly lingerMs: number;
  /**
   * Socket buffers of connections within one host, where smaller ones stay in the processor's cache; those
   * between hosts grow as the system sees fit.
   */
  readonly localBufferBytes: number;
  /** A slot that was lent for so long is taken back. */
  readonly leaseMs: number;
  /** Slots that one connection may have on loan. */
  readonly leasesMax: number;
  /** Size of the memory that a connection of this host has to copy pages through. */
  readonly segmentBytes: number;
  /** Segments of all connections together; beyond it they go without. */
  readonly segmentsBytesMax: number;
  /**
   * Garbage that may gather in a process that moves pages over gRPC before V8 collects it: with less than it
   * wants gRPC is three times slower. 0 leaves it to V8.
   */
  readonly collectorRoomBytes: number;
}

export const defaultLaneLimits: LaneLimits = {
  ticketMs: 10_000,
  ticketsMax: 1024,
  connectionsMax: 256,
  strangersMax: 64,
  helloMs: 2_000,
  frameMs: 10_000,
  window: 16,
  queuedBytesMax: 8 * mebibyte,
  waitingMax: 65_536,
  retryAfterMs: 50,
  openMs: 2_000,
  silentMs: 30_000,
  lingerMs: 200,
  localBufferBytes: mebibyte / 2,
  leaseMs: 10_000,
  leasesMax: 64,
  segmentBytes: 32 * mebibyte,
  segmentsBytesMax: 512 * mebibyte,
  collectorRoomBytes: 256 * mebibyte,
};
