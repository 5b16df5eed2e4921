import type { Identity } from '../identity.js';

export const refusalReasons = [
  'no_certificate',
  'expired_certificate',
  'unknown_authority',
  'bad_certificate',
  'role',
  'tenant',
  'ticket',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** Somebody who was not let in. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** Where it came from; empty where that is not known any more. */
  readonly peer: string;
  /** Who it says it is; empty before anything was proved. */
  readonly who: string;
  /** What was asked for. */
  readonly what: string;
  readonly message: string;
}

/** An action of an admin, when it has ended. */
export interface AdminAction {
  readonly identity: Identity;
  readonly peer: string;
  readonly requestId: string;
  /** `package.Service/Method` */
  readonly method: string;
  /** Names of the fields that were given; short texts, numbers and yes or no with their values. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** `ok`, or the kind of the error. */
  readonly outcome: string;
}

/** Told about who is refused, and what admins do. */
export interface SecurityObserver {
  refused(refusal: Refusal): void;
  acted(action: AdminAction): void;
}

export const noSecurityObserver: SecurityObserver = { refused: () => {}, acted: () => {} };
