import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import type { Role } from '../core/identity.js';
import { CertificateFiles, type CertificatePaths } from '../rpc/certificateFiles.js';
import type { Settings } from './settings.js';

export type TlsSettings = Pick<Settings, 'tlsDir' | 'tlsCert' | 'tlsKey' | 'tlsCa' | 'tenant'>;

/** The files of one role in the folder that `kvtide certs init` writes. Tenants' names need not be names of files. */
export function certificatePaths(folder: string, role: Role, tenant: string): CertificatePaths {
  const name = role === 'client' ? `client-${encodeURIComponent(tenant)}` : role;
  return {
    ca: join(folder, 'ca.pem'),
    cert: join(folder, `${name}.pem`),
    key: join(folder, `${name}.key`),
  };
}

/**
 * The certificates that the settings name, for what `role` does; undefined where they name none.
 * @throws KvError `invalid` for some of the three without the others, or files that cannot be used.
 */
export function certificatesOf(
  { tlsDir, tlsCert, tlsKey, tlsCa, tenant }: TlsSettings,
  role: Role,
  warn?: (message: string) => void,
): CertificateFiles | undefined {
  const given = [tlsCert, tlsKey, tlsCa].filter((path) => path !== undefined).length;
  const options = warn === undefined ? {} : { warn };
  if (tlsCert !== undefined && tlsKey !== undefined && tlsCa !== undefined) {
    return new CertificateFiles({ ca: tlsCa, cert: tlsCert, key: tlsKey }, options);
  }
  if (given > 0)
    throw new KvError('invalid', '--tls-cert, --tls-key and --tls-ca belong together; give all three');
  if (tlsDir === undefined) return undefined;
  return new CertificateFiles(certificatePaths(tlsDir, role, tenant), options);
}
