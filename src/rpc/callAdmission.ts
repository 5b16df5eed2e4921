import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { KvError } from '../core/errors.js';
import { type Identity, identityText, unidentified } from '../core/identity.js';
import type { RefusalReason, SecurityObserver } from '../core/ports/securityObserver.js';
import { defaultTenant, readCallMetadata } from './callMetadata.js';
import { rolesOf } from './methodRoles.js';
import { identityOf } from './peerIdentity.js';

/** How one server decides whom it answers. */
export interface Admission {
  /** Whether connections without a certificate never come so far. */
  readonly isAuthenticated: boolean;
  readonly observer: SecurityObserver;
}

interface AdmittedCall {
  readonly metadata: Metadata;
  getPeer(): string;
  getAuthContext(): ReturnType<ServerUnaryCall<unknown, unknown>['getAuthContext']>;
}

export interface Caller {
  readonly identity: Identity;
  readonly tenant: string;
  readonly requestId: string;
  readonly peer: string;
}

/**
 * Who calls, once it may. Without certificates it is whoever it says.
 * @throws KvError `unauthenticated` or `denied`, told to the observer.
 */
export function admit(
  { isAuthenticated, observer }: Admission,
  endpoint: { readonly service: string; readonly name: string },
  call: AdmittedCall,
): Caller {
  const { tenant, requestId } = readCallMetadata(call.metadata);
  const peer = call.getPeer();
  if (!isAuthenticated) return { identity: unidentified, tenant: tenant ?? defaultTenant, requestId, peer };
  const what = `${endpoint.service}/${endpoint.name}`;
  const refuse = (reason: RefusalReason, who: string, error: KvError): never => {
    observer.refused({ reason, peer, who, what, message: error.message });
    throw error;
  };
  let identity: Identity;
  try {
    const { sslPeerCertificate } = call.getAuthContext();
    if (sslPeerCertificate === undefined)
      throw new KvError('unauthenticated', 'this connection carries no certificate that was verified');
    identity = identityOf(sslPeerCertificate);
  } catch (thrown) {
    return refuse('bad_certificate', '', KvError.from(thrown, 'unauthenticated'));
  }
  const allowed = rolesOf(endpoint);
  if (identity.role === null || !allowed.includes(identity.role)) {
    const message = `${endpoint.name} is for ${allowed.join(' and ') || 'nobody'}; the certificate ${identity.name} is of role ${identity.role}`;
    return refuse('role', identityText(identity), new KvError('denied', message));
  }
  if (identity.tenant !== null && tenant !== null && tenant !== identity.tenant) {
    const message = `the call is for tenant ${tenant}; the certificate ${identity.name} is of tenant ${identity.tenant}`;
    return refuse('tenant', identityText(identity), new KvError('denied', message));
  }
  return { identity, tenant: identity.tenant ?? tenant ?? defaultTenant, requestId, peer };
}
