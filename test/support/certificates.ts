import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** PEM of the authority that signed the others, and of one that signed nothing. */
  readonly ca: Buffer;
  readonly otherCa: Buffer;
  /** Of a server on 127.0.0.1, also called kvtide.test. */
  readonly server: { readonly cert: Buffer; readonly key: Buffer };
  readonly client: { readonly cert: Buffer; readonly key: Buffer };
}

/** Makes certificates with the openssl command; they are good for two days. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'kvtide-certificates-'));
  try {
    const request = (name: string, ...more: string[]): { cert: Buffer; key: Buffer } => {
      const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
      const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`];
      execFileSync('openssl', ['req', '-x509', ...made, ...files, ...more], { cwd: folder, stdio: 'pipe' });
      const [cert, key] = ['pem', 'key'].map((kind) => readFileSync(join(folder, `${name}.${kind}`)));
      return { cert: cert!, key: key! };
    };
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key'];
    return {
      ca: request('ca').cert,
      otherCa: request('other').cert,
      server: request('server', ...signed, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:kvtide.test'),
      client: request('client', ...signed),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
