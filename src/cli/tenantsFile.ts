import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { KvError } from '../core/errors.js';
import { type TenantCipherKey, type TenantEntry, TenantTable } from '../core/tenantTable.js';
import { bytes } from './settingValues.js';

/** Shorter secrets can be guessed. */
const secretBytesMin = 16;
const cipherKeyBytes = 32;
/** Seconds of a tenant's rate that may come at once where the file does not say. */
const defaultBurstSeconds = 2;

const hex = z.string().regex(/^([0-9a-f]{2})+$/i, 'hex digits are wanted');

const cipherKey = z.strictObject({
  id: z.number().int().min(1).max(0xffff_ffff),
  key: hex.optional(),
  keyFile: z.string().min(1).optional(),
});

const tenant = z.strictObject({
  secret: hex.optional(),
  secretFile: z.string().min(1).optional(),
  bytes: bytes().optional(),
  requestsPerSecond: z.number().positive().max(1e9).optional(),
  requestBurst: z.number().int().min(1).max(1e9).optional(),
  encryption: z.array(cipherKey).min(1).max(16).optional(),
});

const serversSecret = z.strictObject({ secret: hex.optional(), secretFile: z.string().min(1).optional() });

const tenantsFile = z.strictObject({
  servers: serversSecret.optional(),
  tenants: z.record(z.string().min(1).max(200), tenant),
});

/**
 * The file of --tenants-file, YAML or JSON. Files that it names lie beside it.
 * @throws KvError `invalid` that names the file, the entry and what is wanted.
 */
export function readTenantsFile(path: string): TenantTable {
  const wrong = (message: string, cause?: unknown) =>
    new KvError('invalid', `--tenants-file ${path}: ${message}`, { cause });
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw wrong(KvError.from(cause).message.split('\n')[0] ?? '', cause);
  }
  const parsed = tenantsFile.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
    throw wrong(`${key}: ${issue?.message ?? 'not valid'}`);
  }
  try {
    const entries = Object.entries(parsed.data.tenants).map(([name, entry]) => entryOf(name, entry, path));
    return new TenantTable(
      entries,
      parsed.data.servers ? secretOf('servers', parsed.data.servers, path) : null,
    );
  } catch (thrown) {
    throw wrong(KvError.from(thrown).message, thrown);
  }
}

function entryOf(name: string, entry: z.output<typeof tenant>, path: string): TenantEntry {
  const rate = entry.requestsPerSecond ?? null;
  const secret = secretOf(name, entry, path);
  const cipherKeys = (entry.encryption ?? []).map((one) => cipherKeyOf(name, one, path));
  if (new Set(cipherKeys.map(({ id }) => id)).size < cipherKeys.length) {
    throw new KvError('invalid', `${name}.encryption: each key needs an id of its own`);
  }
  return {
    name,
    secret,
    bytesMax: entry.bytes ?? null,
    requestsPerSecond: rate,
    requestBurst: entry.requestBurst ?? Math.max(1, Math.ceil(defaultBurstSeconds * (rate ?? 1))),
    cipherKeys,
  };
}

function secretOf(name: string, from: z.output<typeof serversSecret>, path: string): Uint8Array {
  const secret = bytesOf(`${name}.secret`, from.secret, from.secretFile, path);
  if (secret.length >= secretBytesMin) return secret;
  throw new KvError('invalid', `${name}: a secret has ${secretBytesMin} bytes or more, not ${secret.length}`);
}

function cipherKeyOf(
  name: string,
  { id, key, keyFile }: z.output<typeof cipherKey>,
  path: string,
): TenantCipherKey {
  const read = bytesOf(`${name}.encryption.key`, key, keyFile, path);
  if (read.length === cipherKeyBytes) return { id, key: read };
  const message = `${name}.encryption: key ${id} has ${read.length} bytes; ${cipherKeyBytes} are wanted`;
  throw new KvError('invalid', message);
}

/** What is given as hex digits, or as the bytes of a file. */
function bytesOf(
  what: string,
  text: string | undefined,
  file: string | undefined,
  beside: string,
): Uint8Array {
  if ((text === undefined) === (file === undefined)) {
    throw new KvError('invalid', `${what}: give it as hex digits, or name a file as ${what}File`);
  }
  if (text !== undefined) return Buffer.from(text, 'hex');
  try {
    return readFileSync(resolve(dirname(beside), file!));
  } catch (cause) {
    throw new KvError('invalid', `${what}File: ${KvError.from(cause).message}`, { cause });
  }
}
