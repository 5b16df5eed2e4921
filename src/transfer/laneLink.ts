import type { NetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import { collectPayload, type FramePayload } from './framePayload.js';
import { FrameSocket } from './frameSocket.js';
import { LaneCall, type LaneQuestion } from './laneCall.js';
import type { FrameFields, FrameHeader } from './laneFrame.js';
import type { LaneLimits } from './laneLimits.js';
import { laneOpName, laneOps } from './laneOps.js';
import {
  decodeLaneError,
  type LaneWelcome,
  laneErrorBytesMax,
  laneWelcomeBytes,
  readWelcome,
} from './lanePayloads.js';

export interface LaneLinkOptions {
  readonly target: NetConnectOpts;
  /** What encrypts the connection; in the clear without. */
  readonly tls?: ConnectionOptions | null;
  /** host:port of the worker's gRPC server, for messages. */
  readonly peer: string;
  readonly ticket: Uint8Array;
  readonly clock: Clock;
  readonly limits: LaneLimits;
  readonly signal?: AbortSignal;
}

/** A question that is under way. */
interface Pending {
  begin(header: FrameHeader): FramePayload;
  gone(cause: KvError): void;
}

const helloRequest = 0;
const lastNumber = 0xffff_ffff;
/** How often a silent peer is looked at. */
const watchMs = 1000;

/** The asking end of one connection: numbers questions, keeps to the window, hands answers to who asked. */
export class LaneLink {
  readonly peer: string;
  readonly #options: LaneLinkOptions;
  readonly #socket: FrameSocket;
  /** By request number: those that wait, and those that were sent. */
  readonly #calls = new Map<number, Pending>();
  /** Questions that wait for room in the window, oldest first. */
  readonly #waiting = new Set<() => void>();
  readonly #onClose: (() => void)[] = [];
  #welcome: LaneWelcome | null = null;
  #window = 0;
  #lastNumber = helloRequest;
  #outstanding = 0;
  #cause: KvError | null = null;
  #isClosed = false;
  #watched = { readBytes: 0, sinceMs: 0 };
  #stopWatch = (): void => {};

  private constructor(options: LaneLinkOptions, connected: (link: LaneLink) => void) {
    this.peer = options.peer;
    this.#options = options;
    this.#socket = FrameSocket.dial(
      { where: options.target, tls: options.tls ?? null },
      {
        begin: (header) => this.#begin(header),
        fault: (error) => this.#fail(error),
        sent: () => {},
        closed: (cause) => this.#closed(cause),
      },
      () => connected(this),
    );
  }

  /** Dials and says hello. @throws KvError `unavailable`, or what the other side says. */
  static open(options: LaneLinkOptions): Promise<LaneLink> {
    const { peer, ticket, clock, limits, signal } = options;
    return new Promise((resolve, reject) => {
      const link = new LaneLink(options, (own) => {
        own.#socket.setLocalBuffers(limits.localBufferBytes);
        own.#socket.send({ op: laneOps.hello, request: helloRequest }, [ticket]);
      });
      const giveUp = (cause: KvError): void => link.#fail(cause);
      const aborted = (): void => giveUp(KvError.from(signal?.reason, 'cancelled'));
      const late = clock.setTimer(limits.openMs, () =>
        giveUp(new KvError('timedOut', `${peer} did not open a lane within ${limits.openMs} ms`)),
      );
      const settle = (): void => {
        late();
        signal?.removeEventListener('abort', aborted);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      link.#calls.set(helloRequest, {
        begin: (header) => {
          if (header.op !== laneOps.welcome || header.payloadBytes !== laneWelcomeBytes)
            throw unexpected(header);
          return collectPayload(header.payloadBytes, (bytes) => {
            link.#welcome = readWelcome(bytes);
            link.#window = Math.min(link.#welcome.window, limits.window);
            if (link.#window === 0) throw new KvError('invalid', `${peer} allows no requests`);
            link.#calls.delete(helloRequest);
            link.#watch();
            settle();
            resolve(link);
          });
        },
        gone: (cause) => {
          settle();
          reject(cause);
        },
      });
      if (signal?.aborted) aborted();
    });
  }

  get welcome(): LaneWelcome {
    if (this.#welcome === null) throw new KvError('internal', 'a lane was used before its welcome');
    return this.#welcome;
  }

  get isOpen(): boolean {
    return this.#cause === null;
  }

  /** Called once, when the connection is gone. */
  onClose(act: () => void): void {
    this.#onClose.push(act);
  }

  /** Sends what nobody answers, with the next question or after this turn. */
  tell(fields: FrameFields): void {
    this.#socket.sendLater(fields);
  }

  /**
   * Asks, as soon as the window has room. When `signal` aborts it rejects with the signal's reason: at once
   * where nobody touches the bytes of question or answer any more, otherwise when that is so.
   */
  ask<T>(question: LaneQuestion<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#cause !== null) return Promise.resolve(question.gone(this.#cause));
    if (this.#waiting.size >= this.#options.limits.waitingMax) {
      return Promise.resolve(question.refused(this.#options.limits.retryAfterMs));
    }
    return new Promise((resolve, reject) => {
      const request = this.#takeNumber();
      const leave = (): void => this.#leave(request);
      const call = new LaneCall(question, signal, { resolve, reject, leave });
      const start = (): void => this.#send(request, question, call);
      this.#calls.set(request, call);
      if (this.#outstanding < this.#window) start();
      else {
        this.#waiting.add(start);
        call.waits(() => {
          this.#waiting.delete(start);
          this.#calls.delete(request);
        });
      }
    });
  }

  /** Questions under way end with `gone`. */
  close(): Promise<void> {
    this.#cause ??= new KvError('unavailable', `the lane to ${this.peer} was closed`);
    return new Promise((resolve) => {
      if (this.#isClosed) resolve();
      else {
        this.onClose(resolve);
        this.#socket.destroy();
      }
    });
  }

  #takeNumber(): number {
    do {
      this.#lastNumber = this.#lastNumber === lastNumber ? 1 : this.#lastNumber + 1;
    } while (this.#calls.has(this.#lastNumber));
    return this.#lastNumber;
  }

  #send<T>(request: number, question: LaneQuestion<T>, call: LaneCall<T>): void {
    this.#outstanding += 1;
    call.sending();
    this.#socket.send({ ...question.fields, request }, question.parts, () => call.sent());
  }

  #leave(request: number): void {
    this.#calls.delete(request);
    this.#outstanding -= 1;
    for (const start of this.#waiting) {
      if (this.#cause !== null || this.#outstanding >= this.#window) return;
      this.#waiting.delete(start);
      start();
    }
  }

  #begin(header: FrameHeader): FramePayload {
    if (header.op === laneOps.error) return this.#farewell(header);
    const call = this.#calls.get(header.request);
    if (call === undefined) throw unexpected(header);
    if (header.payloadBytes > this.#payloadBytesMax()) throw unexpected(header);
    return call.begin(header);
  }

  #payloadBytesMax(): number {
    return Math.max(this.#welcome?.pageBytes ?? 0, laneErrorBytesMax);
  }

  #farewell(header: FrameHeader): FramePayload {
    if (header.payloadBytes > laneErrorBytesMax) throw unexpected(header);
    return collectPayload(header.payloadBytes, (bytes) => this.#fail(decodeLaneError(bytes, this.peer)));
  }

  #fail(cause: KvError): void {
    this.#cause ??= cause;
    this.#socket.destroy();
  }

  #closed(cause: Error | null): void {
    const text = cause === null ? 'the other side has closed the lane' : cause.message;
    this.#cause ??= new KvError('unavailable', `${this.peer}: ${text}`, { context: { peer: this.peer } });
    this.#isClosed = true;
    this.#stopWatch();
    this.#waiting.clear();
    for (const call of [...this.#calls.values()]) call.gone(this.#cause);
    this.#calls.clear();
    for (const act of this.#onClose.splice(0)) act();
  }

  /** A peer that owes an answer and says nothing, not even a part of one, is taken for gone. */
  #watch(): void {
    const { clock, limits } = this.#options;
    this.#stopWatch = clock.setTimer(watchMs, () => {
      const nowMs = clock.monotonicMs();
      const { readBytes } = this.#socket;
      if (this.#outstanding === 0 || readBytes !== this.#watched.readBytes) {
        this.#watched = { readBytes, sinceMs: nowMs };
      } else if (nowMs - this.#watched.sinceMs > limits.silentMs) {
        this.#fail(new KvError('timedOut', `${this.peer} did not answer within ${limits.silentMs} ms`));
      }
      if (this.isOpen) this.#watch();
    });
  }
}

function unexpected({ op, payloadBytes }: FrameHeader): KvError {
  return new KvError('invalid', `${laneOpName(op)} with ${payloadBytes} bytes came where it answers nothing`);
}
