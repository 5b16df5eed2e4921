import { readFileSync } from 'node:fs';
import { KvError } from '../core/errors.js';
import { EtcdClient } from '../rpc/etcd/etcdClient.js';
import type { EtcdKv } from '../rpc/etcd/etcdKv.js';
import { GrpcNetwork } from '../rpc/grpcNetwork.js';
import type { Settings } from './settings.js';

/** The etcd of several coordinators, over TLS where an authority is given. @throws KvError `invalid` */
export function etcdOf(settings: Settings, addresses: string): EtcdKv {
  const { etcdCa, etcdCert, etcdKey, insecureNetwork } = settings;
  if ((etcdCert === undefined) !== (etcdKey === undefined))
    throw new KvError('invalid', '--etcd-cert and --etcd-key go together: give both or neither');
  if (etcdCa === undefined && etcdCert !== undefined)
    throw new KvError(
      'invalid',
      '--etcd-ca is missing: give the authority that signed the certificates of etcd',
    );
  const dial = {
    ...(etcdCa === undefined ? {} : { ca: pem('--etcd-ca', etcdCa) }),
    ...(etcdCert === undefined ? {} : { cert: pem('--etcd-cert', etcdCert) }),
    ...(etcdKey === undefined ? {} : { key: pem('--etcd-key', etcdKey) }),
  };
  const tls = etcdCa === undefined ? {} : { tls: { dial } };
  return new EtcdClient(new GrpcNetwork({ insecureNetwork, ...tls }), addresses.split(','));
}

function pem(flag: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new KvError('invalid', `${flag}: ${path} cannot be read: ${KvError.from(cause).message}`, {
      cause,
    });
  }
}
