import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { KvError } from '../core/errors.js';
import type { Binding, CallContext } from '../core/ports/network.js';
import { readCallMetadata } from './callMetadata.js';
import { codecOf } from './codec.js';
import { CallDuplex } from './duplex.js';
import type { ServerGates } from './serverGates.js';
import { statusOf } from './statusMapping.js';

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerDuplexStream<unknown, unknown>;
type RequestBinding = Extract<Binding, { endpoint: { kind: 'request' } }>;
type StreamBinding = Extract<Binding, { endpoint: { kind: 'stream' } }>;

/**
 * A caller in Node that cancels first ends its side and resets the stream a moment later (0.3 ms on
 * loopback). A stream that is cut should not look like one that was finished: wait for that moment.
 */
const cutGraceMs = 20;

/**
 * The one place where what a handler throws becomes a status: grpc-js would let the rejection of an async
 * handler end the process.
 */
export function handleRequest({ endpoint, handle }: RequestBinding, gates: ServerGates) {
  return async (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>): Promise<void> => {
    const life = followCall(call);
    let leave = () => {};
    try {
      if (isLate(call)) throw tooLate(); // nobody would hear of its end any more
      leave = await gates.enter({ ...endpoint, leftMs: leftMs(call) }, life.context);
      // The codec of the binding's own endpoint has decoded the message.
      const value = await handle(call.request as never, life.context);
      life.settle();
      answer(null, value);
    } catch (thrown) {
      life.settle();
      answer(statusOf(thrown));
    } finally {
      leave();
    }
  };
}

export function handleStream({ endpoint, handle }: StreamBinding, gates: ServerGates) {
  const { encodeAnswer } = codecOf(endpoint);
  return async (call: ServerDuplexStream<unknown, unknown>): Promise<void> => {
    const duplex = new CallDuplex<never, unknown>(call, {
      encode: encodeAnswer,
      // A server says that it will send no more only together with the status, when the handler settles.
      end: () => {},
      endGraceMs: cutGraceMs,
      fail: (error) => {
        life.settle();
        call.emit('error', statusOf(error));
      },
    });
    const life = followCall(call, (reason) => duplex.ended(reason));
    let leave = () => {};
    try {
      if (isLate(call)) throw tooLate();
      leave = await gates.enter({ ...endpoint, leftMs: leftMs(call) }, life.context);
      await handle(duplex, life.context);
      if (life.settle()) {
        duplex.ended();
        call.end();
      }
    } catch (thrown) {
      if (life.isOpen()) duplex.fail(thrown);
    } finally {
      leave();
    }
  };
}

function isLate(call: AnyCall): boolean {
  return Number(call.getDeadline()) <= Date.now();
}

/** Infinite without a deadline. */
function leftMs(call: AnyCall): number {
  return Number(call.getDeadline()) - Date.now();
}

function tooLate(): KvError {
  return new KvError('timedOut', 'the deadline of the call has passed');
}

/** Watches a call until it settles: its signal aborts when the caller is gone or out of time. */
function followCall(call: AnyCall, onGone: (reason: KvError) => void = () => {}) {
  const controller = new AbortController();
  let open = true;
  const settle = (): boolean => {
    const wasOpen = open;
    open = false;
    return wasOpen;
  };
  call.on('cancelled', () => {
    // grpc-js says "cancelled" after every call, those that ended well included.
    if (!settle()) return;
    const reason = isLate(call)
      ? tooLate()
      : new KvError('cancelled', 'the caller has cancelled the call or is gone');
    controller.abort(reason);
    onGone(reason);
  });
  const context: CallContext = {
    ...readCallMetadata(call.metadata),
    peer: call.getPeer(),
    signal: controller.signal,
  };
  return { context, settle, isOpen: () => open };
}
