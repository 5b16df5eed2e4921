import { X509Certificate } from 'node:crypto';
import { KvError } from '../core/errors.js';
import { certificatesOf, type TlsSettings } from './certificateSettings.js';
import { type DoctorCheck, passed } from './doctorCheck.js';

const dayMs = 24 * 3_600_000;
/** A certificate that ends sooner should have been renewed. */
const renewDays = 7;

/** Whether the certificates that are given can be used, and for how long. @param nowMs since the Unix epoch. */
export function checkCertificates(settings: TlsSettings, nowMs: number): DoctorCheck {
  const name = 'certificates';
  const { tlsDir, tlsCert } = settings;
  if (tlsDir === undefined && tlsCert === undefined)
    return passed(name, 'none are given: nothing beyond loopback is served or dialled');
  try {
    const set = certificatesOf(settings, 'worker')?.current();
    if (set === undefined) throw new KvError('invalid', 'no certificate was found');
    const { validTo } = new X509Certificate(set.cert);
    const leftDays = Math.floor((Date.parse(validTo) - nowMs) / dayMs);
    const found = `that of a worker is good until ${validTo}`;
    if (leftDays >= renewDays) return passed(name, found);
    const state = leftDays < 0 ? 'fail' : 'warn';
    return { name, state, found, mend: 'renew it: kvtide certs renew --dir DIR' };
  } catch (thrown) {
    const mend = 'give --tls-dir of kvtide certs init, or --tls-cert, --tls-key and --tls-ca';
    return { name, state: 'fail', found: KvError.from(thrown).message, mend };
  }
}
