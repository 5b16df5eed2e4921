import { Client, type ClientDuplexStream, type StatusObject, status } from '@grpc/grpc-js';
import { KvError } from '../core/errors.js';
import type {
  CallOptions,
  Duplex,
  Message,
  Peer,
  RequestEndpoint,
  StreamEndpoint,
} from '../core/ports/network.js';
import { writeCallMetadata } from './callMetadata.js';
import { clientOptions } from './channelOptions.js';
import { asEncoded, codecOf } from './codec.js';
import { type CredentialOptions, dialCredentials } from './credentials.js';
import { CallDuplex } from './duplex.js';
import { type LaneTls, laneTlsOf } from './laneTls.js';
import { errorOf } from './statusMapping.js';
import { tlsFailure } from './tlsFailure.js';

interface Cancellable {
  cancel(): void;
}

/** A call that has not settled. */
interface LiveCall {
  /** Stops following it; answers whether this side has cancelled it. */
  settle(): boolean;
}

/** A connection to one address; it is opened by the first call and reopened by later ones. */
export class GrpcPeer implements Peer {
  private readonly client: Client;
  /** How lanes are encrypted whose tickets came over this connection; null: as little as it is. */
  readonly lane: LaneTls | null;
  private readonly encrypts: boolean;
  /** What cancels each call in flight. */
  private readonly calls = new Set<() => void>();
  private closed = false;

  constructor(
    readonly address: string,
    options: CredentialOptions,
  ) {
    const credentials = dialCredentials(address, options);
    this.encrypts = options.certificates !== undefined || options.tls?.dial !== undefined;
    this.lane = laneTlsOf(options);
    this.client = new Client(address, credentials.channel, { ...clientOptions, ...credentials.options });
  }

  request<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
    options: CallOptions = {},
  ): Promise<R['read']> {
    const { path, encodeQuestion, decodeAnswer } = codecOf(endpoint);
    return new Promise((resolve, reject) => {
      this.refuseWhenClosed(options);
      const call = this.client.makeUnaryRequest<Q['write'], R['read']>(
        path,
        encodeQuestion,
        decodeAnswer,
        message,
        writeCallMetadata(options),
        deadlineOf(options),
        (error, answer) => {
          const cancelled = life.settle();
          if (error === null) resolve(answer);
          else reject(this.explain(error, cancelled, options));
        },
      );
      const life = this.follow(call, options);
    });
  }

  stream<Q extends Message, R extends Message>(
    endpoint: StreamEndpoint<Q, R>,
    options: CallOptions = {},
  ): Duplex<R['read'], Q['write']> {
    this.refuseWhenClosed(options);
    const { path, encodeQuestion, decodeAnswer } = codecOf(endpoint);
    const call: ClientDuplexStream<Buffer, R['read']> = this.client.makeBidiStreamRequest(
      path,
      asEncoded,
      decodeAnswer,
      writeCallMetadata(options),
      deadlineOf(options),
    );
    const life = this.follow(call, options);
    const duplex = new CallDuplex<R['read'], Q['write']>(call, {
      encode: encodeQuestion,
      end: () => call.end(),
      // A caller cannot send a status: the other side sees that the call was cancelled.
      fail: () => cancelSoon(call),
      endGraceMs: 0, // a status comes with the end
    });
    call.on('error', (error: Error & Partial<StatusObject>) => {
      duplex.ended(this.explain(error, life.settle(), options));
    });
    call.on('status', ({ code }) => {
      life.settle();
      if (code === status.OK) duplex.ended();
    });
    return duplex;
  }

  close(): void {
    this.closed = true;
    for (const cancel of this.calls) cancel();
    setImmediate(() => this.client.close()); // after those
  }

  private refuseWhenClosed({ signal }: CallOptions): void {
    if (this.closed) throw new KvError('cancelled', `the connection to ${this.address} was closed`);
    if (signal?.aborted) throw KvError.from(signal.reason, 'cancelled');
  }

  /** Cancels the call when its signal or the peer's close asks for it. */
  private follow(call: Cancellable, { signal }: CallOptions): LiveCall {
    let cancelled = false;
    const cancel = () => {
      cancelled = true;
      cancelSoon(call);
    };
    this.calls.add(cancel);
    signal?.addEventListener('abort', cancel, { once: true });
    return {
      settle: () => {
        this.calls.delete(cancel);
        signal?.removeEventListener('abort', cancel);
        return cancelled;
      },
    };
  }

  private explain(
    error: Error & Partial<StatusObject>,
    cancelled: boolean,
    { signal }: CallOptions,
  ): KvError {
    if (cancelled && signal?.aborted) return KvError.from(signal.reason, 'cancelled');
    const { code, details, metadata } = error;
    if (code === undefined || metadata === undefined) return KvError.from(error);
    const said = details ?? error.message;
    if (code === status.UNAVAILABLE) {
      const why = tlsFailure(said, this.encrypts);
      // Who names the reason better than "cannot be reached" may pass it on as it is.
      if (why !== null)
        return new KvError('unavailable', `${this.address}: ${why}`, {
          context: { address: this.address, tls: true },
        });
    }
    return errorOf({ code, details: said, metadata }, this.address, cancelled);
  }
}

/**
 * Not at once: where a call ends because another one on its connection did, we are within what Node does with
 * the bytes that came, and to reset a stream there makes Node 20 loop for ever in HTTP/2.
 */
function cancelSoon(call: Cancellable): void {
  setImmediate(() => call.cancel());
}

function deadlineOf({ timeoutMs }: CallOptions): { deadline?: number } {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}
