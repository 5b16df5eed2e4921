import type { ErrorKind } from '../core/errors.js';

/** The exit code of each kind of error; 0 is success. Printed at the end of every `--help`. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  invalid: 2,
  unsupported: 3,
  notFound: 4,
  conflict: 5,
  stale: 6,
  lost: 7,
  corrupt: 8,
  exhausted: 9,
  unavailable: 10,
  timedOut: 11,
  cancelled: 12,
  unauthenticated: 13,
  denied: 14,
};

/** The kind behind the exit code of a child process of ours; `internal` for any other code. */
export function kindOfExitCode(code: number | null): ErrorKind {
  const kinds = Object.keys(exitCodes) as ErrorKind[]; // the keys of a total record
  return kinds.find((kind) => exitCodes[kind] === code) ?? 'internal';
}

export const exitCodeHelp = `
Exit codes:
  0 done; 1 a bug of kvtide; 2 invalid input; 3 unsupported; 4 not found; 5 in use; 6 plan out of date;
  7 KV lost; 8 KV corrupt; 9 a bound is full; 10 unreachable; 11 timed out; 12 cancelled;
  13 not authenticated; 14 not allowed;
  130 after SIGINT, 143 after SIGTERM`;
