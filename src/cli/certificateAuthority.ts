import 'reflect-metadata'; // the library below wants it first
import { randomBytes, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import type { Role } from '../core/identity.js';

const dayMs = 86_400_000;
/** A clock that is behind ours takes what was made just now. */
const backdatedMs = 300_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const serialBytes = 16;

export interface PemPair {
  readonly cert: string;
  /** PKCS #8. */
  readonly key: string;
}

export interface LeafRequest {
  readonly role: Role;
  readonly name: string;
  /** Of clients: whose KV it is. */
  readonly tenant?: string;
  /** Names and addresses of the hosts that it serves at; of workers alone. */
  readonly hosts?: readonly string[];
  readonly days: number;
  /** Of the tests: makes one that has expired. */
  readonly notAfter?: Date;
}

/** A self-signed authority: ECDSA P-256, signs leaves alone. */
export async function makeAuthority(name: string, days: number): Promise<PemPair> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [name] }],
    ...validity(days),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pairOf(certificate, keys);
}

/** A certificate with its role in OU, its name in CN, a client's tenant in O. Only workers may serve with theirs. */
export async function issueCertificate(authority: PemPair, leaf: LeafRequest): Promise<PemPair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const [der] = x509.PemConverter.decode(authority.key);
  if (der === undefined) throw new Error('the key of the authority holds no PEM');
  const signingKey = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  const keys = await makeKeys();
  const { role, name, tenant, hosts = [], days, notAfter } = leaf;
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [name] }, { OU: [role] }, ...(tenant === undefined ? [] : [{ O: [tenant] }])],
    issuer: issuer.subject,
    ...validity(days),
    ...(notAfter === undefined ? {} : { notAfter, notBefore: new Date(notAfter.getTime() - dayMs) }),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(role === 'worker' ? [serverAuth, clientAuth] : [clientAuth]),
      ...(hosts.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(hosts.map(alternative))]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pairOf(certificate, keys);
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - backdatedMs), notAfter: new Date(nowMs + days * dayMs) };
}

function serial(): string {
  const bytes = randomBytes(serialBytes);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40; // positive, and of full length
  return bytes.toString('hex');
}

function alternative(host: string): { type: 'ip' | 'dns'; value: string } {
  return { type: isIP(host) === 0 ? 'dns' : 'ip', value: host };
}

async function pairOf(
  certificate: x509.X509Certificate,
  { privateKey }: webcrypto.CryptoKeyPair,
): Promise<PemPair> {
  const der = await crypto.subtle.exportKey('pkcs8', privateKey);
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`,
  };
}
