import type { TLSSocket } from 'node:tls';
import type { MetricsTls } from '../observe/metricsServer.js';
import type { LiveCertificates } from '../rpc/certificateSet.js';
import { identityOf } from '../rpc/peerIdentity.js';

/** Whoever reads figures from elsewhere shows a certificate of a monitor or an admin. */
export function metricsTls(certificates: LiveCertificates): MetricsTls {
  return {
    current: () => certificates.current(),
    onChange: (changed) => certificates.onChange(changed),
    admits: (socket: TLSSocket) => {
      try {
        const { role } = identityOf(socket.getPeerCertificate());
        return role === 'monitor' || role === 'admin';
      } catch {
        return false;
      }
    },
  };
}
