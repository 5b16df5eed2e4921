import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { type ErrorKind, errorKinds, KvError } from '../core/errors.js';
import { bytesOfError, errorOfBytes, messageOf } from './errorBytes.js';

/** The one table between our errors and gRPC's. No two kinds share a status, so it reads both ways. */
const statusOfKind: Readonly<Record<ErrorKind, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unsupported: status.UNIMPLEMENTED,
  notFound: status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  stale: status.FAILED_PRECONDITION,
  lost: status.ABORTED,
  corrupt: status.DATA_LOSS,
  exhausted: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  cancelled: status.CANCELLED,
  timedOut: status.DEADLINE_EXCEEDED,
  unauthenticated: status.UNAUTHENTICATED,
  denied: status.PERMISSION_DENIED,
  internal: status.INTERNAL,
};

/** What others may answer with and we never send. */
const kindOfForeignStatus: ReadonlyMap<status, ErrorKind> = new Map([
  [status.UNKNOWN, 'internal'],
  [status.OUT_OF_RANGE, 'invalid'],
]);

const kindOfStatus: ReadonlyMap<status, ErrorKind> = new Map([
  ...kindOfForeignStatus,
  ...errorKinds.map((kind) => [statusOfKind[kind], kind] as const),
]);

const errorKey = 'kvtide-error-bin';

/** The status and trailers that carry `thrown` to the other side. */
export function statusOf(thrown: unknown): StatusObject {
  const error = KvError.from(thrown);
  const metadata = new Metadata();
  metadata.set(errorKey, bytesOfError(error));
  // Details travel URI-encoded, which throws on a lone surrogate: through bytes it becomes U+FFFD.
  return { code: statusOfKind[error.kind], details: Buffer.from(messageOf(error)).toString(), metadata };
}

/**
 * The error that a status stands for: the KvError that was thrown there, or, where the status comes from
 * gRPC itself or from a stranger, one that names the address.
 * @param cancelledHere whether this side has cancelled the call; where it has not, a server that was
 * stopped has cut it.
 */
export function errorOf(
  { code, details, metadata }: StatusObject,
  address: string,
  cancelledHere: boolean,
): KvError {
  const sent = errorOfBytes(metadata.get(errorKey)[0]);
  if (sent !== undefined) return sent;
  const cut = code === status.CANCELLED && !cancelledHere;
  const kind = cut ? 'unavailable' : (kindOfStatus.get(code) ?? 'internal');
  return new KvError(kind, describe(kind, details, address), { context: { address } });
}

function describe(kind: ErrorKind, details: string, address: string): string {
  if (kind === 'unavailable') return `${address} cannot be reached: ${details}`;
  if (kind === 'timedOut') return `${address} did not answer in time`;
  if (kind === 'cancelled') return `the call to ${address} was cancelled`;
  return `${address} answered: ${details}`;
}
