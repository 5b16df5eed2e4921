import type { Role } from '../core/identity.js';
import type { Network } from '../core/ports/network.js';
import { GrpcNetwork } from '../rpc/grpcNetwork.js';
import { certificatesOf, type TlsSettings } from './certificateSettings.js';
import type { Settings } from './settings.js';

/**
 * How a command that only calls talks to others, with the certificate of `role` where the settings name a folder.
 * @throws KvError `invalid` for certificates that cannot be used.
 */
export function networkOf(settings: TlsSettings & Pick<Settings, 'insecureNetwork'>, role: Role): Network {
  const { insecureNetwork } = settings;
  const certificates = certificatesOf(settings, role);
  return new GrpcNetwork({ insecureNetwork, ...(certificates === undefined ? {} : { certificates }) });
}
