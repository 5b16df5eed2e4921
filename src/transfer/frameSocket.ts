import { connect, type NetConnectOpts, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { KvError } from '../core/errors.js';
import { setSocketBuffers } from '../memory/socketBuffers.js';
import { isLoopback } from '../rpc/hostPort.js';
import { directSocket } from './acceptedSocket.js';
import type { FramePayload } from './framePayload.js';
import { FrameReader } from './frameReader.js';
import { encodeHeader, type FrameFields, type FrameHeader } from './laneFrame.js';

/** Who a connection belongs to. */
export interface FrameOwner {
  /**
   * A frame came: where its payload goes. Until a promise resolves nothing more is read. What is thrown goes
   * to `fault`.
   */
  begin(header: FrameHeader): FramePayload | Promise<FramePayload>;
  /** What came is no frame, or not one that may come now. Nothing more is read as frames. */
  fault(error: KvError): void;
  /** Something that was queued is sent. */
  sent(): void;
  /** Once. Whatever was queued or half read is dropped by then. */
  closed(cause: Error | null): void;
}

/** Where a connection goes, and what encrypts it, if anything. */
export interface LaneTarget {
  readonly where: NetConnectOpts;
  readonly tls: ConnectionOptions | null;
}

const trashBytes = 64 * 1024;
const none: readonly Uint8Array[] = [];

/** Frames over one TCP or unix socket: payloads land where they belong, and leave from where they lie. */
export class FrameSocket {
  readonly #owner: FrameOwner;
  readonly #reader: FrameReader;
  /** Takes what comes after a fault. */
  #trash: Uint8Array | null = null;
  #socket!: Socket;
  #isDirect = true;
  #queuedBytes = 0;
  #sentFrames = 0;
  #isEnding = false;
  #isHolding = false;
  #cause: Error | null = null;

  private constructor(owner: FrameOwner) {
    this.#owner = owner;
    this.#reader = new FrameReader((header) => this.#begin(header));
  }

  /** `owner.closed` also tells that nobody listens there. */
  static dial(target: LaneTarget, owner: FrameOwner, connected: () => void): FrameSocket {
    const own = new FrameSocket(owner);
    const onread = own.#onread();
    // TLS decrypts into the same places; its type does not say so, Node's manual does.
    const encrypted: ConnectionOptions & { onread: OnReadOpts } = { ...target.tls, ...target.where, onread };
    own.#use(
      target.tls === null
        ? connect({ ...target.where, onread }, connected)
        : connectTls(encrypted, connected),
    );
    return own;
  }

  /** @param accepted of a server with `pauseOnConnect`. @param direct false: payloads are copied into place. */
  static accept(accepted: Socket, owner: FrameOwner, direct: boolean): FrameSocket {
    const own = new FrameSocket(owner);
    const socket = direct ? directSocket(accepted, own.#onread()) : null;
    own.#isDirect = socket !== null;
    own.#use(socket ?? accepted);
    if (socket === null) {
      accepted.on('data', (chunk: Buffer) => own.#copied(chunk));
      accepted.resume();
    }
    return own;
  }

  /** Bytes that wait to be sent, or are being sent. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Once connected: how much the kernel holds in each direction where both ends are on one host. */
  setLocalBuffers(bytes: number): void {
    const { remoteAddress } = this.#socket;
    if (remoteAddress === undefined || isLoopback(remoteAddress)) setSocketBuffers(this.#fd(), bytes);
  }

  /** Whether bytes go to their place without a copy of ours. */
  get isDirect(): boolean {
    return this.#isDirect;
  }

  /** Whether this end waits for the rest of a frame. */
  get isInFrame(): boolean {
    return this.#reader.isInFrame && !this.#reader.isWaiting;
  }

  get readBytes(): number {
    return this.#socket.bytesRead;
  }

  /** Counts frames that came whole. */
  get readFrames(): number {
    return this.#reader.frames;
  }

  /** Counts frames that are sent. */
  get sentFrames(): number {
    return this.#sentFrames;
  }

  /**
   * Queues one frame; `payloadBytes` is counted here. The parts may not change until `sent`, which is called
   * in any case.
   */
  send(fields: FrameFields, parts: readonly Uint8Array[] = none, sent?: () => void): void {
    this.#write(fields, parts, sent);
    this.#letGo();
  }

  /** The same for a frame that nobody waits for: it leaves with the next one, at the latest after this turn. */
  sendLater(fields: FrameFields): void {
    if (!this.#isHolding) {
      this.#isHolding = true;
      this.#socket.cork();
      process.nextTick(() => this.#letGo());
    }
    this.#write(fields, none);
  }

  /**
   * No more frames either way; what is queued is sent first. The caller sees to it that this ends. Within a
   * payload it closes at once, and only what the kernel has taken is sent.
   */
  end(): void {
    if (this.#isEnding) return;
    // The next read is set up already, to land in memory that is given up here.
    if (this.#isDirect && this.#reader.isInPayload) {
      this.destroy();
      return;
    }
    this.#isEnding = true;
    this.#stopReading();
    this.#socket.end();
    this.#socket.resume();
  }

  /** Closes at once. */
  destroy(): void {
    this.#isEnding = true;
    this.#stopReading();
    this.#socket.destroy();
  }

  #write(fields: FrameFields, parts: readonly Uint8Array[], sent?: () => void): void {
    const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
    const header = encodeHeader({ ...fields, payloadBytes });
    const bytes = header.length + payloadBytes;
    if (this.#isEnding || this.#socket.destroyed) {
      sent?.();
      return;
    }
    const written = (): void => {
      this.#queuedBytes -= bytes;
      this.#sentFrames += 1;
      sent?.();
      this.#owner.sent();
    };
    this.#queuedBytes += bytes;
    if (parts.length === 0) {
      this.#socket.write(header, written);
      return;
    }
    this.#socket.cork();
    this.#socket.write(header);
    const last = parts.length - 1;
    for (let i = 0; i < last; i += 1) this.#socket.write(parts[i]!);
    this.#socket.write(parts[last]!, written);
    this.#socket.uncork();
  }

  /** What `sendLater` held back leaves. */
  #letGo(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#socket.uncork();
  }

  /** -1 where this Node does not tell. */
  #fd(): number {
    const { _handle: handle } = this.#socket as { readonly _handle?: { readonly fd?: number } | null };
    return handle?.fd ?? -1;
  }

  #onread(): OnReadOpts {
    return {
      buffer: () => this.#trash ?? this.#reader.slice(),
      callback: (bytes) => this.#landed(bytes),
    };
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('error', (error) => {
      this.#cause ??= error;
    });
    socket.once('close', () => {
      this.#isEnding = true;
      this.#stopReading();
      this.#owner.closed(this.#cause);
    });
  }

  /** The kernel has put bytes where they belong. @returns whether to read on. */
  #landed(bytes: number): boolean {
    if (this.#trash !== null) return true;
    this.#guard(() => this.#reader.advance(bytes));
    return this.#mayRead();
  }

  #copied(chunk: Uint8Array): void {
    if (this.#trash !== null) return;
    this.#guard(() => this.#reader.take(chunk));
    if (!this.#mayRead()) this.#socket.pause();
  }

  #mayRead(): boolean {
    return this.#trash !== null || !this.#reader.isWaiting;
  }

  #begin(header: FrameHeader): FramePayload | null {
    const payload = this.#owner.begin(header);
    if (!(payload instanceof Promise)) return payload;
    payload.then(
      (place) => this.#provide(place),
      (thrown: unknown) => this.#fault(thrown),
    );
    return null;
  }

  #provide(payload: FramePayload): void {
    if (this.#trash !== null) {
      payload.dropped?.();
      return;
    }
    this.#guard(() => this.#reader.provide(payload));
    if (this.#mayRead()) this.#socket.resume();
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  #fault(thrown: unknown): void {
    if (this.#trash !== null) return;
    this.#stopReading();
    this.#owner.fault(KvError.from(thrown));
  }

  #stopReading(): void {
    if (this.#trash !== null) return;
    this.#trash = new Uint8Array(trashBytes);
    this.#reader.drop();
  }
}
