/**
 * What a certificate may be used for. `worker` is for coordinators too: both serve, and both call workers;
 * `monitor` reads figures and changes nothing.
 */
export const roles = ['client', 'worker', 'admin', 'monitor'] as const;

export type Role = (typeof roles)[number];

/** Who is at the other end of a connection. */
export interface Identity {
  /** Null: nobody was asked, on a connection without certificates. */
  readonly role: Role | null;
  /** Whose KV it is, of clients alone; null where the certificate binds to no tenant. */
  readonly tenant: string | null;
  /** As the certificate has it; empty without one. */
  readonly name: string;
}

/** On loopback, or a network that is trusted: the caller's word is all that there is. */
export const unidentified: Identity = { role: null, tenant: null, name: '' };

/** For logs and comparisons: `client acme/laptop`. */
export function identityText({ role, tenant, name }: Identity): string {
  if (role === null) return 'unidentified';
  return tenant === null ? `${role} ${name}` : `${role} ${tenant}/${name}`;
}
