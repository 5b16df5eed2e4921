import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { KvError } from '../core/errors.js';
import type { Identity } from '../core/identity.js';
import type { LayerRange } from '../core/layerRange.js';
import type { Clock } from '../core/ports/clock.js';
import type { FramePayload } from './framePayload.js';
import { FrameSocket } from './frameSocket.js';
import type { FrameFields, FrameHeader } from './laneFrame.js';
import type { LaneKind } from './laneKind.js';
import type { LaneLimits } from './laneLimits.js';
import { type AnswerName, answerCodes, laneOpName, laneOps } from './laneOps.js';
import { encodeLaneError, laneTextBytes, welcomeBytes } from './lanePayloads.js';
import { type LaneTickets, type TicketHolder, ticketBytes } from './laneTickets.js';
import type { PageHost } from './pageHost.js';

/** How the serving end takes one kind of frame. */
export interface LaneOp {
  /** The only length that its payload may have; `page` is K and V. */
  readonly payloadBytes: number | 'page';
  /** Whether the asker waits for a `reply`; such frames count in the window. */
  readonly isAnswered: boolean;
  /** What is thrown (KvError `invalid`) is told to the peer and closes the connection. */
  begin(lane: ServedLane, header: FrameHeader): FramePayload | Promise<FramePayload>;
}

/** By number, of laneOps.ts. */
export type LaneOpTable = ReadonlyMap<number, LaneOp>;

/** What all connections of one server share. */
export interface ServedLaneParts {
  readonly host: PageHost;
  /** The pages as a tenant may see them; all of `host` without it. */
  readonly hostOf?: (tenant: string) => PageHost;
  /** Bytes of K, and of V. */
  readonly halfBytes: number;
  /** Those whose pages may be asked for and given. */
  readonly layers: LayerRange;
  readonly clock: Clock;
  readonly limits: LaneLimits;
  readonly tickets: LaneTickets;
  readonly ops: LaneOpTable;
  /** Whose certificate the connection has shown; null without one. */
  readonly presenter: Identity | null;
  ticketRefused(peer: string, message: string): void;
  /** The peer has said hello. */
  opened(lane: ServedLane): void;
  closed(lane: ServedLane, cause: KvError): void;
}

/** The serving end of one connection. Extensions hang their state on it with a WeakMap. */
export class ServedLane {
  /** Moved pages, whole ones. Extensions count theirs here too. */
  readonly figures = { outPages: 0, outBytes: 0, inPages: 0, inBytes: 0, lentSlots: 0 };
  /** Changed by an extension that both ends agreed on. */
  kind: LaneKind;
  readonly #parts: ServedLaneParts;
  #host: PageHost;
  readonly #socket: FrameSocket;
  readonly #gone = new AbortController();
  readonly #onClose: (() => void)[] = [];
  readonly #startedMs: number;
  /** host:port of the other end; empty for one of this host. */
  readonly #from: string;
  #holder: TicketHolder | null = null;
  #outstanding = 0;
  /** The request that waits for room, and what lets it in. */
  #letIn: (() => void) | null = null;
  #cause: KvError | null = null;
  #watched = { readFrames: -1, sentFrames: -1, readMs: 0, sentMs: 0 };

  constructor(accepted: Socket, kind: LaneKind, direct: boolean, parts: ServedLaneParts) {
    this.kind = kind;
    this.#parts = parts;
    this.#host = parts.host;
    const { remoteAddress, remotePort } = accepted;
    this.#from = remoteAddress === undefined ? '' : `${remoteAddress}:${remotePort}`;
    this.#startedMs = parts.clock.monotonicMs();
    setMaxListeners(0, this.#gone.signal); // one a request under way, which the window bounds
    this.#socket = FrameSocket.accept(
      accepted,
      {
        begin: (header) => this.#begin(header),
        fault: (error) => this.fail(error),
        sent: () => this.#admit(),
        closed: (cause) => this.#closed(cause),
      },
      direct,
    );
    this.#socket.setLocalBuffers(parts.limits.localBufferBytes);
  }

  get host(): PageHost {
    return this.#host;
  }

  get halfBytes(): number {
    return this.#parts.halfBytes;
  }

  get layers(): LayerRange {
    return this.#parts.layers;
  }

  get limits(): LaneLimits {
    return this.#parts.limits;
  }

  get clock(): Clock {
    return this.#parts.clock;
  }

  /** Who the ticket was issued for; null before `hello`. */
  get holder(): TicketHolder | null {
    return this.#holder;
  }

  /** Aborts when the connection is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Called once, when the connection is gone; at once where it is. */
  onClose(act: () => void): void {
    if (this.signal.aborted) act();
    else this.#onClose.push(act);
  }

  /** Answers a request of an op with `isAnswered`, once. `sent` is called in any case. */
  reply(fields: FrameFields, parts?: readonly Uint8Array[], sent?: () => void): void {
    this.#outstanding -= 1;
    this.#socket.send(fields, parts, sent);
    this.#admit();
  }

  /** The same for what has no bytes to bring. */
  answer(request: number, name: AnswerName, reason = '', retryAfterMs = 0): void {
    const fields = { op: laneOps.answer, code: answerCodes[name], request, blockIndex: retryAfterMs };
    this.reply(fields, reason === '' ? [] : [laneTextBytes(reason)]);
  }

  /** Tells the peer what is wrong and closes the connection. */
  fail(error: KvError): void {
    if (this.#cause !== null) return;
    this.#cause = error;
    this.#letIn = null;
    this.#socket.send({ op: laneOps.error }, [encodeLaneError(error)]);
    this.#socket.end();
    this.clock.setTimer(this.limits.lingerMs, () => this.#socket.destroy());
  }

  /** Closes at once. */
  close(): void {
    this.#cause ??= new KvError('unavailable', 'the server of lanes was closed');
    this.#socket.destroy();
  }

  /** Called now and then: ends a connection that keeps others waiting. */
  watch(nowMs: number): void {
    const { helloMs, frameMs } = this.limits;
    const { isInFrame, queuedBytes, readFrames, sentFrames } = this.#socket;
    const seen = this.#watched;
    if (this.#holder === null && nowMs - this.#startedMs > helloMs) {
      this.fail(timedOut(`no hello came within ${helloMs} ms`));
    }
    if (!isInFrame || readFrames !== seen.readFrames)
      this.#watched = { ...this.#watched, readFrames, readMs: nowMs };
    else if (nowMs - seen.readMs > frameMs)
      this.fail(timedOut(`a frame did not come whole within ${frameMs} ms`));
    if (queuedBytes === 0 || sentFrames !== seen.sentFrames) {
      this.#watched = { ...this.#watched, sentFrames, sentMs: nowMs };
    } else if (nowMs - seen.sentMs > frameMs) {
      this.#cause ??= timedOut(`the peer did not take a frame within ${frameMs} ms`);
      this.#socket.destroy();
    }
  }

  #begin(header: FrameHeader): FramePayload | Promise<FramePayload> {
    if (this.#holder === null) return this.#greet(header);
    const op = this.#parts.ops.get(header.op);
    if (op === undefined) throw invalid(`${laneOpName(header.op)} is nothing to ask here`);
    const wanted = op.payloadBytes === 'page' ? 2 * this.halfBytes : op.payloadBytes;
    checkLength(header, wanted);
    if (!op.isAnswered) return op.begin(this, header);
    if (this.#hasRoom()) return this.#start(op, header);
    return new Promise((resolve, reject) => {
      this.#letIn = () => {
        try {
          resolve(this.#start(op, header));
        } catch (thrown) {
          reject(thrown);
        }
      };
    });
  }

  #start(op: LaneOp, header: FrameHeader): FramePayload | Promise<FramePayload> {
    this.#outstanding += 1;
    return op.begin(this, header);
  }

  #hasRoom(): boolean {
    return this.#outstanding < this.limits.window && this.#socket.queuedBytes < this.limits.queuedBytesMax;
  }

  #admit(): void {
    const letIn = this.#letIn;
    if (letIn === null || !this.#hasRoom()) return;
    this.#letIn = null;
    letIn();
  }

  #greet(header: FrameHeader): FramePayload {
    if (header.op !== laneOps.hello) throw invalid(`${laneOpName(header.op)} came before hello`);
    checkLength(header, ticketBytes);
    const ticket = Buffer.alloc(ticketBytes);
    return { parts: [ticket], done: () => this.#welcome(header.request, ticket) };
  }

  #welcome(request: number, ticket: Uint8Array): void {
    const { tickets, presenter } = this.#parts;
    const redeemed = tickets.redeem(ticket, this.clock.monotonicMs(), presenter);
    if (redeemed.kind === 'unknown') {
      const message = 'the ticket is unknown, used or too old; ask for another';
      this.#parts.ticketRefused(this.#from, message);
      throw invalid(message);
    }
    this.#holder = redeemed.holder;
    this.#host = this.#parts.hostOf?.(redeemed.holder.tenant) ?? this.#host;
    const { window, leaseMs } = this.limits;
    const welcome = welcomeBytes({ pageBytes: 2 * this.halfBytes, window, leaseMs });
    this.#socket.send({ op: laneOps.welcome, request }, [welcome]);
    this.#parts.opened(this);
  }

  #closed(cause: Error | null): void {
    const text = cause === null ? 'the peer has closed the connection' : cause.message;
    const reason = this.#cause ?? new KvError('unavailable', text);
    this.#letIn = null;
    this.#gone.abort(reason);
    for (const act of this.#onClose) act();
    this.#parts.closed(this, reason);
  }
}

/** @throws KvError `invalid` for a payload of another length. */
function checkLength({ op, payloadBytes }: FrameHeader, wanted: number): void {
  if (payloadBytes === wanted) return;
  throw invalid(`${laneOpName(op)} has a payload of ${payloadBytes} bytes; it is ${wanted} here`);
}

function invalid(message: string): KvError {
  return new KvError('invalid', message);
}

function timedOut(message: string): KvError {
  return new KvError('timedOut', message);
}
