import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { KvError } from '../core/errors.js';
import type { Binding, Duplex } from '../core/ports/network.js';
import { audited, keepFirst } from './auditedCall.js';
import { type Admission, admit, type Caller } from './callAdmission.js';
import { codecOf } from './codec.js';
import { CallDuplex } from './duplex.js';
import { isAdminAction } from './methodRoles.js';
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
export function handleRequest(
  { endpoint, handle }: RequestBinding,
  admission: Admission,
  gates: ServerGates,
) {
  return async (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>): Promise<void> => {
    const life = followCall(call);
    let leave = () => {};
    try {
      const caller = admit(admission, endpoint, call);
      if (isLate(call)) throw tooLate(); // nobody would hear of its end any more
      leave = await gates.enter({ ...endpoint, leftMs: leftMs(call) }, { ...caller, signal: life.signal });
      // The codec of the binding's own endpoint has decoded the message.
      const value = await audited(
        caller,
        endpoint,
        admission.observer,
        () => call.request,
        () => handle(call.request as never, { ...caller, signal: life.signal }),
      );
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

export function handleStream({ endpoint, handle }: StreamBinding, admission: Admission, gates: ServerGates) {
  const { encodeAnswer } = codecOf(endpoint);
  const run = (caller: Caller, duplex: Duplex<never, unknown>, signal: AbortSignal): Promise<void> => {
    if (!isAdminAction(endpoint)) return handle(duplex, { ...caller, signal });
    const { stream, first } = keepFirst(duplex);
    return audited(caller, endpoint, admission.observer, first, () => handle(stream, { ...caller, signal }));
  };
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
      const caller = admit(admission, endpoint, call);
      if (isLate(call)) throw tooLate();
      leave = await gates.enter({ ...endpoint, leftMs: leftMs(call) }, { ...caller, signal: life.signal });
      await run(caller, duplex, life.signal);
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
  return { signal: controller.signal, settle, isOpen: () => open };
}
