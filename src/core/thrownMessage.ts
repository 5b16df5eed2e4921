import { type ErrorContext, type ErrorKind, KvError } from './errors.js';

/** An error as it crosses a thread: class instances do not. */
export interface ThrownMessage {
  readonly errorKind: ErrorKind;
  readonly message: string;
  readonly context: ErrorContext;
}

export function thrownMessage(thrown: unknown): ThrownMessage {
  const { kind, message, context } = KvError.from(thrown);
  return { errorKind: kind, message, context };
}

export function thrownError({ errorKind, message, context }: ThrownMessage): KvError {
  return new KvError(errorKind, message, { context });
}
