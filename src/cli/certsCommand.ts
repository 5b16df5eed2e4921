import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import type { Role } from '../core/identity.js';
import type { PemPair } from './certificateAuthority.js';
import { certificatePaths } from './certificateSettings.js';
import type { CommandSpec } from './defineCommand.js';
import type { Settings } from './settings.js';

const authorityDays = 3650;
const ownerOnly = 0o600;
const everyoneReads = 0o644;
const ownHosts = ['localhost', '127.0.0.1', '::1'];
const rolesOfAll: readonly Role[] = ['worker', 'admin', 'monitor'];

export const certsCommand: CommandSpec = {
  name: 'certs',
  summary:
    'Make certificates for a cluster. init: a development authority, and one certificate for workers and coordinators, ' +
    'one for admins, one for monitors, and one for each tenant. renew: new ones from the same authority; processes that ' +
    'run take them without a restart',
  settings: ['dir', 'hosts', 'tenants', 'days'],
  operand: 'certsAction',
  examples: [
    'kvtide certs init --dir certs --hosts node-a,node-b,10.0.0.7 --tenants acme,beta',
    'kvtide certs renew --dir certs --hosts node-a,node-b,10.0.0.7 --tenants acme,beta,gamma',
  ],
  run: async (settings, context) => {
    const { dir, certsAction: action } = settings;
    if (action === undefined) throw new KvError('invalid', 'kvtide certs wants init or renew');
    if (dir === undefined)
      throw new KvError('invalid', '--dir is missing; give the folder of the certificates');
    const files = action === 'init' ? await init(dir, settings) : await renew(dir, settings);
    context.out(
      settings.json ? `${JSON.stringify({ dir, files })}\n` : files.map((file) => `${file}\n`).join(''),
    );
  },
};

async function init(dir: string, settings: Settings): Promise<string[]> {
  const { makeAuthority } = await import('./certificateAuthority.js'); // nothing else needs its library
  const paths = authorityPaths(dir);
  if (existsSync(paths.key) || existsSync(paths.cert)) {
    throw new KvError(
      'conflict',
      `${dir} holds an authority already; use kvtide certs renew, or another folder`,
    );
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const authority = await makeAuthority('kvtide development CA', authorityDays);
  write(paths, authority);
  return [paths.cert, ...(await issue(dir, authority, settings))];
}

async function renew(dir: string, settings: Settings): Promise<string[]> {
  const paths = authorityPaths(dir);
  let authority: PemPair;
  try {
    authority = { cert: readFileSync(paths.cert, 'utf8'), key: readFileSync(paths.key, 'utf8') };
  } catch (cause) {
    throw new KvError('notFound', `${dir} holds no authority; make one with kvtide certs init`, { cause });
  }
  return issue(dir, authority, settings);
}

async function issue(dir: string, authority: PemPair, settings: Settings): Promise<string[]> {
  const { issueCertificate } = await import('./certificateAuthority.js');
  const { hosts = [], tenants = ['default'], days } = settings;
  const leaves = [
    ...rolesOfAll.map((role) => ({ role, name: role, tenant: undefined })),
    ...tenants.map((tenant) => ({ role: 'client' as const, name: tenant, tenant })),
  ];
  const files: string[] = [];
  for (const { role, name, tenant } of leaves) {
    const paths = certificatePaths(dir, role, tenant ?? '');
    const named = role === 'worker' ? { hosts: [...new Set([...ownHosts, ...hosts])] } : {};
    const owned = tenant === undefined ? {} : { tenant };
    write(paths, await issueCertificate(authority, { role, name, days, ...named, ...owned }));
    files.push(paths.cert);
  }
  return files;
}

function authorityPaths(dir: string): { cert: string; key: string } {
  return { cert: join(dir, 'ca.pem'), key: join(dir, 'ca.key') };
}

/** @throws KvError `invalid` when the folder cannot be written. */
function write(paths: { readonly cert: string; readonly key: string }, { cert, key }: PemPair): void {
  try {
    replace(paths.key, key, ownerOnly);
    replace(paths.cert, cert, everyoneReads);
  } catch (cause) {
    throw new KvError('invalid', `the certificates cannot be written: ${KvError.from(cause).message}`, {
      cause,
    });
  }
}

/** As a whole: who reads it meanwhile has the old one or the new one. */
function replace(path: string, text: string, mode: number): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, path);
}
