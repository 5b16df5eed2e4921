import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { KvError } from '../core/errors.js';
import type { CertificateSet, LiveCertificates } from './certificateSet.js';

/** How often the files are read again; they are a few KiB. */
const rereadMs = 5_000;

export interface CertificatePaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface CertificateFileOptions {
  readonly rereadMs?: number;
  /** Told once of each set of files that cannot be used; those read before stay in use. */
  warn?(message: string): void;
}

/** Certificates in files, read again now and then: whoever renews them replaces the files, in any order. */
export class CertificateFiles implements LiveCertificates {
  readonly #paths: CertificatePaths;
  readonly #warn: (message: string) => void;
  readonly #changed = new Set<(set: CertificateSet) => void>();
  readonly #timer: NodeJS.Timeout;
  #set: CertificateSet;
  #told = '';

  /** @throws KvError `invalid` for a file that cannot be read or is none of its kind, or a key of another certificate. */
  constructor(
    paths: CertificatePaths,
    { warn = () => {}, rereadMs: everyMs = rereadMs }: CertificateFileOptions = {},
  ) {
    this.#paths = paths;
    this.#warn = warn;
    this.#set = readSet(paths);
    this.#timer = setInterval(() => this.reread(), everyMs).unref();
  }

  current(): CertificateSet {
    return this.#set;
  }

  onChange(changed: (set: CertificateSet) => void): () => void {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  }

  /** Looks at the files now. Of a pair that is half replaced nothing is taken. */
  reread(): void {
    let set: CertificateSet;
    try {
      set = readSet(this.#paths);
    } catch (thrown) {
      const { message } = KvError.from(thrown);
      if (message !== this.#told) this.#warn(`${message}; the certificates read before stay in use`);
      this.#told = message;
      return;
    }
    this.#told = '';
    if (isSame(set, this.#set)) return;
    this.#set = set;
    for (const changed of this.#changed) changed(set);
  }

  /** Also looks at them whenever the process gets the signal. */
  rereadAt(signal: 'SIGHUP'): void {
    process.on(signal, () => this.reread());
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function isSame(a: CertificateSet, b: CertificateSet): boolean {
  return a.ca.equals(b.ca) && a.cert.equals(b.cert) && a.key.equals(b.key);
}

function readSet(paths: CertificatePaths): CertificateSet {
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new KvError('invalid', `${path} cannot be read: ${KvError.from(cause).message}`, { cause });
    }
  };
  const set = { ca: read(paths.ca), cert: read(paths.cert), key: read(paths.key) };
  check(paths.ca, () => new X509Certificate(set.ca));
  check(paths.cert, () => new X509Certificate(set.cert));
  check(`${paths.cert} with ${paths.key}`, () => createSecureContext({ cert: set.cert, key: set.key }));
  return set;
}

function check(what: string, act: () => unknown): void {
  try {
    act();
  } catch (cause) {
    const reason = KvError.from(cause).message;
    throw new KvError('invalid', `${what}: the certificates cannot be used: ${reason}`, { cause });
  }
}
