import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { KvError } from '../core/errors.js';
import { type Identity, type Role, roles } from '../core/identity.js';

/**
 * Who a certificate that was verified stands for: the role in OU, the tenant of a client in O, the name in CN,
 * each once.
 * @throws KvError `unauthenticated` for any other subject.
 */
export function identityOf(certificate: Pick<PeerCertificate, 'subject'>): Identity {
  const subject: Readonly<Record<string, unknown>> = Object(certificate.subject);
  const role = roleOf(subject.OU);
  const name = subject.CN;
  if (role === null || typeof name !== 'string' || name === '') {
    throw new KvError(
      'unauthenticated',
      `the certificate has no role and name; its subject needs one OU of ${roles.join(', ')}, and one CN`,
    );
  }
  const tenant = subject.O;
  if (role !== 'client') return { role, tenant: null, name };
  if (typeof tenant === 'string' && tenant !== '') return { role, tenant, name };
  throw new KvError('unauthenticated', 'the certificate of a client needs its tenant, as the one O');
}

/** The tenant in the certificate of a client; null in any other. @throws what X509Certificate throws. */
export function tenantOfCertificate(pem: string | Uint8Array | undefined): string | null {
  if (pem === undefined) return null;
  const { subject } = new X509Certificate(pem).toLegacyObject();
  return roleOf(subject.OU) === 'client' && typeof subject.O === 'string' ? subject.O : null;
}

function roleOf(unit: unknown): Role | null {
  return roles.find((role) => role === unit) ?? null;
}
