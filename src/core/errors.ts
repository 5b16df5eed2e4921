/**
 * What went wrong, in the words that every layer shares. Each kind maps to one gRPC status
 * (rpc/statusMapping.ts) and to one exit code (cli/exitCode.ts).
 *
 * - `invalid`: the caller's input is wrong and will stay wrong.
 * - `unsupported`: the input is well formed, but this build cannot do it.
 * - `notFound`: a named thing does not exist.
 * - `conflict`: the thing exists or is in use by somebody else.
 * - `stale`: the caller's plan or epoch is old; refresh and try again.
 * - `lost`: KV that was promised is gone; recompute what the context names.
 * - `corrupt`: stored bytes do not match their identity or checksum.
 * - `exhausted`: a named bound (bytes, slots, queue) is full.
 * - `unavailable`: the other side cannot be reached now.
 * - `cancelled`, `timedOut`: the caller gave up, or its deadline did.
 * - `unauthenticated`: the caller has not proved who it is.
 * - `denied`: the caller may not do this, or not in that name.
 * - `internal`: a bug of ours.
 */
export const errorKinds = [
  'invalid',
  'unsupported',
  'notFound',
  'conflict',
  'stale',
  'lost',
  'corrupt',
  'exhausted',
  'unavailable',
  'cancelled',
  'timedOut',
  'unauthenticated',
  'denied',
  'internal',
] as const;

export type ErrorKind = (typeof errorKinds)[number];

/** Facts beside the message: names and numbers only, so that they can be logged and sent. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

export interface KvErrorOptions {
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** The one error class. The message is one line: what, where, and what to do. */
export class KvError extends Error {
  readonly kind: ErrorKind;
  readonly context: ErrorContext;

  constructor(kind: ErrorKind, message: string, options: KvErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KvError';
    this.kind = kind;
    this.context = options.context ?? {};
  }

  /** Turns anything thrown into a KvError; what is one already stays as it is. */
  static from(thrown: unknown, kind: ErrorKind = 'internal'): KvError {
    if (thrown instanceof KvError) return thrown;
    if (thrown instanceof Error) {
      const given = thrown.name === 'AbortError' ? 'cancelled' : kind;
      return new KvError(given, thrown.message, { cause: thrown });
    }
    return new KvError(kind, String(thrown));
  }
}
