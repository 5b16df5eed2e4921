/** What one process proves itself with, and whom it trusts. PEM. */
export interface CertificateSet {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Certificates that may be replaced while they are used: connections made afterwards use the new ones. */
export interface LiveCertificates {
  current(): CertificateSet;
  /** Calls `changed` with each new set until the returned function is called. */
  onChange(changed: (set: CertificateSet) => void): () => void;
}
