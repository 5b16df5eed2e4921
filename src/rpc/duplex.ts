import type * as stream from 'node:stream';
import { KvError } from '../core/errors.js';
import type { Duplex } from '../core/ports/network.js';
import { maxBufferedMessages } from './channelOptions.js';
import { MessageQueue } from './messageQueue.js';
import { SendBuffers } from './sendBuffers.js';

/** What differs between the two ends of a gRPC stream. */
export interface DuplexEnd<Out> {
  encode(message: Out, buffers: SendBuffers): Buffer;
  /** Sends what this end can say: no more messages. */
  end(): void;
  /** Ends the call with an error. */
  fail(error: KvError): void;
  /** How long to wait after the other side's end for an error that belongs before it. */
  readonly endGraceMs: number;
}

/** What both ends of a grpc-js stream share. */
type CallStream = stream.Readable & Pick<stream.Writable, 'write'>;

const accepted = Promise.resolve();

/** One side of a bidirectional gRPC call as the port's Duplex. */
export class CallDuplex<In, Out> implements Duplex<In, Out> {
  private readonly inbox: MessageQueue<In>;
  private readonly buffers = new SendBuffers();
  /** Set when nothing more can be sent; says why. */
  private sendError: KvError | undefined;
  private failed = false;
  private drain: { promise: Promise<void>; resolve(): void; reject(error: KvError): void } | undefined;

  /** @param call the object stream of grpc-js: reads what the codec has decoded, takes what it has encoded. */
  constructor(
    private readonly call: CallStream,
    private readonly far: DuplexEnd<Out>,
  ) {
    this.inbox = new MessageQueue(() => {
      if (call.isPaused()) call.resume();
    });
    call.on('data', (message: In) => {
      this.inbox.push(message);
      if (this.inbox.size >= maxBufferedMessages) call.pause();
    });
    call.on('end', () => setTimeout(() => this.inbox.close(), far.endGraceMs));
    call.on('drain', () => {
      this.drain?.resolve();
      this.drain = undefined;
    });
  }

  send(message: Out): Promise<void> {
    if (this.sendError !== undefined) return Promise.reject(this.sendError);
    try {
      // Now, not when grpc-js gets to it: by then its bytes may be somebody else's.
      const bytes = this.far.encode(message, this.buffers);
      if (this.call.write(bytes, () => this.buffers.give(bytes))) return accepted;
    } catch (thrown) {
      return Promise.reject(KvError.from(thrown));
    }
    return this.whenDrained();
  }

  end(): void {
    if (this.sendError !== undefined) return;
    this.sendError = new KvError('invalid', 'this side of the stream was ended; nothing more can be sent');
    this.far.end();
  }

  fail(thrown: unknown): void {
    const error = KvError.from(thrown);
    this.failed = true;
    this.stop(error);
    this.inbox.abandon(error);
    this.far.fail(error);
  }

  /**
   * The other side ended the call or is gone. What it sent before is still read; then the iteration ends,
   * with `error` if there is one.
   */
  ended(error?: KvError): void {
    if (this.failed) return; // that is what came of our own fail
    this.stop(error ?? new KvError('unavailable', 'the other side has ended the stream'));
    if (error === undefined) return;
    if (this.call.readableEnded || this.call.destroyed) this.inbox.close(error);
    else {
      this.call.once('end', () => this.inbox.close(error));
      this.call.once('close', () => this.inbox.close(error));
      this.call.resume();
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<In> {
    return this.inbox;
  }

  private stop(error: KvError): void {
    this.sendError = error;
    // Whoever waits to send learns it here; nobody else would ever answer them.
    this.drain?.reject(error);
    this.drain = undefined;
  }

  private whenDrained(): Promise<void> {
    if (this.drain === undefined) {
      let resolve = () => {};
      let reject = (_error: KvError) => {};
      const promise = new Promise<void>((onResolve, onReject) => {
        resolve = onResolve;
        reject = onReject;
      });
      promise.catch(() => {}); // a sender that does not wait must not end the process
      this.drain = { promise, resolve, reject };
    }
    return this.drain.promise;
  }
}
