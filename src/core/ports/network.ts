import type { Identity } from '../identity.js';

/**
 * A message as its sender writes it (fields may be left out) and as its receiver reads it (every field
 * has a value). Generated types come in such pairs.
 */
export interface Message {
  readonly write: unknown;
  readonly read: unknown;
}

/** A request endpoint: one message `Q` there, one message `R` back. */
export interface RequestEndpoint<Q extends Message, R extends Message> {
  readonly kind: 'request';
  readonly service: string;
  readonly name: string;
  /** Never present: carries the message types. */
  readonly types?: (question: Q) => R;
}

/** A stream endpoint: messages both ways until either side ends or fails. */
export interface StreamEndpoint<Q extends Message, R extends Message> {
  readonly kind: 'stream';
  readonly service: string;
  readonly name: string;
  readonly types?: (question: Q) => R;
}

/** What the caller tells with every call. */
export interface CallOptions {
  readonly tenant?: string;
  readonly requestId?: string;
  /** The call fails as `timedOut` after this long; without it a stream has no deadline. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What the callee learns about a call. `signal` aborts when the caller is gone or out of time. */
export interface CallContext {
  readonly identity: Identity;
  /** Of a client with a certificate it is the certificate's; otherwise what the caller says. */
  readonly tenant: string;
  readonly requestId: string;
  readonly peer: string;
  readonly signal: AbortSignal;
}

/** One side of a stream. Messages arrive in order, each once. */
export interface Duplex<In, Out> extends AsyncIterable<In> {
  /**
   * Resolves when the message was accepted for sending; back-pressure is a promise that waits. Its bytes are
   * copied before this returns: what it refers to may change afterwards.
   */
  send(message: Out): Promise<void>;
  /** No more messages from this side. */
  end(): void;
  /** Ends both sides with an error; the peer's iteration throws it. */
  fail(error: unknown): void;
}

/** A connection to one address. Calls fail as `unavailable` while it cannot be reached. */
export interface Peer {
  readonly address: string;
  request<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
    options?: CallOptions,
  ): Promise<R['read']>;
  stream<Q extends Message, R extends Message>(
    endpoint: StreamEndpoint<Q, R>,
    options?: CallOptions,
  ): Duplex<R['read'], Q['write']>;
  close(): void;
}

export type RequestHandler<Q extends Message, R extends Message> = (
  message: Q['read'],
  call: CallContext,
) => Promise<R['write']>;

/** The stream ends when the returned promise settles; a rejection fails it. */
export type StreamHandler<Q extends Message, R extends Message> = (
  stream: Duplex<Q['read'], R['write']>,
  call: CallContext,
) => Promise<void>;

/**
 * A handler bound to its endpoint, the message types erased; `onRequest` and `onStream` check them. The
 * network gives each handler the messages that its endpoint names.
 */
export type Binding =
  | {
      readonly endpoint: RequestEndpoint<Message, Message>;
      readonly handle: (message: never, call: CallContext) => Promise<unknown>;
    }
  | {
      readonly endpoint: StreamEndpoint<Message, Message>;
      readonly handle: (stream: Duplex<never, unknown>, call: CallContext) => Promise<void>;
    };

export function onRequest<Q extends Message, R extends Message>(
  { kind, service, name }: RequestEndpoint<Q, R>,
  handle: RequestHandler<Q, R>,
): Binding {
  return { endpoint: { kind, service, name }, handle };
}

export function onStream<Q extends Message, R extends Message>(
  { kind, service, name }: StreamEndpoint<Q, R>,
  handle: StreamHandler<Q, R>,
): Binding {
  return { endpoint: { kind, service, name }, handle };
}

export interface NetworkServer {
  /** host:port that was bound; the port is real even when 0 was asked for. */
  readonly address: string;
  /** Stops accepting, lets calls in flight end for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
  /** What its health says from now on; a server serves until it is told otherwise. Absent where nobody can ask. */
  setServing?(isServing: boolean): void;
}

/** Messages between processes. A thrown KvError arrives at the caller with kind, message and context. */
export interface Network {
  dial(address: string): Peer;
  /** @throws KvError `conflict` when the address is in use, `invalid` when it may not be listened on. */
  serve(address: string, bindings: readonly Binding[]): Promise<NetworkServer>;
}
