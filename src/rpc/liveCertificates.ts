import type { PeerCertificate } from 'node:tls';
import { type ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';
import type { CertificateSet, LiveCertificates } from './certificateSet.js';

/** Servers refuse in the handshake whoever shows no certificate of the authority that is good today. */
export function liveServer(certificates: LiveCertificates): ServerCredentials {
  const provider = new Provider(certificates);
  return experimental.createCertificateProviderServerCredentials(provider, provider, true);
}

export function liveChannel(
  certificates: LiveCertificates,
  checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined,
): ChannelCredentials {
  const provider = new Provider(certificates);
  return experimental.createCertificateProviderChannelCredentials(provider, provider, {
    checkServerIdentity,
  });
}

type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** The same in the words of grpc-js: who listens is told what there is. */
class Provider implements experimental.CertificateProvider {
  readonly #certificates: LiveCertificates;
  readonly #stops = new Map<CaListener | IdentityListener, () => void>();

  constructor(certificates: LiveCertificates) {
    this.#certificates = certificates;
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#follow(listener, ({ ca }) => listener({ caCertificate: ca }));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#leave(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#follow(listener, ({ cert, key }) => listener({ certificate: cert, privateKey: key }));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#leave(listener);
  }

  #follow(listener: CaListener | IdentityListener, tell: (set: CertificateSet) => void): void {
    this.#stops.set(listener, this.#certificates.onChange(tell));
    tell(this.#certificates.current());
    // A server of grpc-js 1.14 begins to listen to its credentials only after they did here.
    queueMicrotask(() => this.#stops.has(listener) && tell(this.#certificates.current()));
  }

  #leave(listener: CaListener | IdentityListener): void {
    this.#stops.get(listener)?.();
    this.#stops.delete(listener);
  }
}
