/** PEM: the text of a file, or its bytes. */
export type Pem = string | Uint8Array;

/** How connections to servers are encrypted. */
export interface DialTls {
  /** Who may have signed the server's certificate; without it the authorities that Node knows. */
  readonly ca?: Pem;
  /** What this side shows a server that asks for it; both or neither. */
  readonly cert?: Pem;
  readonly key?: Pem;
  /** The name that the server's certificate has to carry, where it is not the host that is dialled. */
  readonly serverName?: string;
}

/** How a server encrypts. */
export interface ServeTls {
  readonly cert: Pem;
  readonly key: Pem;
  /** Who may have signed the certificates of clients. */
  readonly ca?: Pem;
  /** Refuses clients without such a certificate; needs `ca`. */
  readonly requireClientCert?: boolean;
}

/** Encrypts both what a process dials and what it serves, each where it is given. */
export interface TlsOptions {
  readonly dial?: DialTls;
  readonly serve?: ServeTls;
}
