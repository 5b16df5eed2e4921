import { KvError } from '../core/errors.js';
import type { CallContext, CallOptions, Duplex, Message } from '../core/ports/network.js';
import { MessageQueue } from '../rpc/messageQueue.js';

/** What a message turns into on its way. */
export interface CallCodec {
  question(message: Message['write']): Message['read'];
  answer(message: Message['write']): Message['read'];
}

/** What a call needs of the network that it runs through. */
export interface CallWire {
  /** Calls `arrive` after the delay of a message in that direction; in order, and never after `broken`. */
  send(direction: 'there' | 'back', arrive: () => void): void;
  setTimer(delayMs: number, fire: () => void): () => void;
  /** The call is over on both sides. */
  done(): void;
}

export type CallEnd = Duplex<unknown, unknown>;

/**
 * One call between two sides of a simulated network: messages, half-close, an outcome from the server, and
 * the ways it can end early. As on the real network, a server's `end()` reaches the client only when its
 * handler settles, and an error that a client ends a stream with arrives as `cancelled`.
 */
export class SimulatedCall {
  readonly client: CallEnd;
  readonly server: CallEnd;
  readonly context: CallContext;
  readonly #wire: CallWire;
  readonly #toClient = new MessageQueue<unknown>();
  readonly #toServer = new MessageQueue<unknown>();
  readonly #gone = new AbortController();
  readonly #cleanUps: (() => void)[] = [];
  /** Why the client cannot send any more. */
  #clientStopped: KvError | undefined;
  #serverStopped: KvError | undefined;
  #clientSettled = false;
  #serverSettled = false;

  constructor(
    codec: CallCodec,
    wire: CallWire,
    context: Omit<CallContext, 'signal'>,
    { timeoutMs, signal }: CallOptions,
  ) {
    this.#wire = wire;
    this.context = { ...context, signal: this.#gone.signal };
    this.client = {
      send: async (message) => {
        if (this.#clientStopped !== undefined) throw this.#clientStopped;
        const arrived = codec.question(message);
        wire.send('there', () => this.#toServer.push(arrived));
      },
      end: () => {
        if (this.#clientStopped !== undefined) return;
        this.#clientStopped = endedHere();
        wire.send('there', () => this.#toServer.close());
      },
      fail: (error) => this.cancel(KvError.from(error)),
      [Symbol.asyncIterator]: () => this.#toClient,
    };
    this.server = {
      send: async (message) => {
        if (this.#serverStopped !== undefined) throw this.#serverStopped;
        const arrived = codec.answer(message);
        wire.send('back', () => this.#toClient.push(arrived));
      },
      end: () => {
        this.#serverStopped ??= endedHere();
      },
      fail: (error) => this.settle(KvError.from(error)),
      [Symbol.asyncIterator]: () => this.#toServer,
    };
    if (timeoutMs !== undefined) this.#followDeadline(timeoutMs);
    if (signal !== undefined) this.#followSignal(signal);
  }

  /** The server's outcome: its handler is done, or has failed. Only the first counts. */
  settle(error?: KvError): void {
    if (this.#serverSettled) return;
    this.#endServer(error ?? new KvError('unavailable', 'this side has ended the call'), error);
    const sent = error && new KvError(error.kind, error.message, { context: error.context });
    this.#wire.send('back', () => this.#endClient(sent));
  }

  /** The client gives up: it learns so at once, the server when the news arrives. */
  cancel(error: KvError): void {
    if (this.#clientSettled) return;
    this.#toClient.abandon(error);
    this.#endClient(error);
    const reason = new KvError('cancelled', 'the caller has cancelled the call or is gone');
    this.#wire.send('there', () => this.#abandonServer(reason));
  }

  /** One side's process has ended: it hears of nothing any more. */
  leave(side: 'client' | 'server'): void {
    if (side === 'client') this.#clientSettled = true;
    else this.#serverSettled = true;
    this.#cleanUpWhenOver();
  }

  /** The connection is gone: both sides learn it, each as far as it was not done. */
  cut(error: KvError): void {
    this.#endClient(error);
    this.#abandonServer(new KvError('cancelled', 'the caller has cancelled the call or is gone'));
  }

  #followDeadline(timeoutMs: number): void {
    const late = new KvError('timedOut', `the call took longer than ${timeoutMs} ms`, {
      context: { timeoutMs },
    });
    const cancelTimer = this.#wire.setTimer(timeoutMs, () => {
      this.#endClient(late);
      this.#abandonServer(late);
    });
    this.#cleanUps.push(cancelTimer);
  }

  #followSignal(signal: AbortSignal): void {
    const abort = (): void => this.cancel(KvError.from(signal.reason, 'cancelled'));
    signal.addEventListener('abort', abort, { once: true });
    this.#cleanUps.push(() => signal.removeEventListener('abort', abort));
  }

  #endClient(error: KvError | undefined): void {
    if (this.#clientSettled) return;
    this.#clientSettled = true;
    this.#clientStopped = error ?? new KvError('unavailable', 'the other side has ended the stream');
    this.#toClient.close(error);
    this.#cleanUpWhenOver();
  }

  #abandonServer(reason: KvError): void {
    if (this.#serverSettled) return;
    this.#endServer(reason, reason);
    this.#gone.abort(reason);
  }

  #endServer(stopped: KvError, error: KvError | undefined): void {
    this.#serverSettled = true;
    this.#serverStopped = stopped;
    this.#toServer.close(error);
    this.#cleanUpWhenOver();
  }

  #cleanUpWhenOver(): void {
    if (this.#clientSettled) for (const cleanUp of this.#cleanUps.splice(0)) cleanUp();
    if (this.#clientSettled && this.#serverSettled) this.#wire.done();
  }
}

function endedHere(): KvError {
  return new KvError('invalid', 'this side of the stream was ended; nothing more can be sent');
}
