import { defaultCoordinatorOptions } from '../coordinator/options.js';
import { flag } from './flag.js';
import { bytes, hostPort, hostPorts, text, whole, yesNo } from './settingValues.js';

/** Whom a process serves and whom it talks to. */
export const serverSettings = {
  tenant: flag(text().default('default'), '<name>', 'whose KV it is; tenants never share'),
  tenantSecretFile: flag(text().optional(), '<file>', 'secret that the names of the KV are derived from'),
  tenantsFile: flag(
    text().optional(),
    '<file>',
    'the tenants that are served, their secrets, quotas and keys (docs/tenants.md); without it nobody is told apart',
  ),
  listen: flag(hostPort().optional(), '<host:port>', 'where to serve; port 0 lets the kernel pick'),
  metricsListen: flag(hostPort().optional(), '<host:port>', 'where to serve /metrics'),
  memoryLimit: flag(
    bytes().optional(),
    '<size>',
    'resident memory of each process; near it, new calls are refused',
  ),
  insecureNetwork: flag(yesNo().default(false), null, 'allow listening beyond loopback without TLS'),
  tlsDir: flag(
    text().optional(),
    '<dir>',
    'certificates of kvtide certs init; the one of the role that is needed is taken',
  ),
  tlsCert: flag(
    text().optional(),
    '<file>',
    'PEM of the certificate of this process; with --tls-key and --tls-ca',
  ),
  tlsKey: flag(text().optional(), '<file>', 'PEM of its key'),
  tlsCa: flag(text().optional(), '<file>', 'PEM of the authorities that sign the certificates of others'),
  auditLog: flag(text().optional(), '<file>', 'where to write what admins do; without it, the log'),
  coordinator: flag(
    hostPorts().optional(),
    '<host:port>',
    'the coordinator to register with, or all of them with commas',
  ),
  etcd: flag(
    hostPorts().optional(),
    '<host:port>',
    'members of etcd, with commas, that keep the state of several coordinators',
  ),
  etcdPrefix: flag(text().default('kvtide'), '<name>', 'the name of this cluster in etcd'),
  etcdCa: flag(text().optional(), '<file>', 'who signed the certificates of etcd; with it TLS is used'),
  etcdCert: flag(text().optional(), '<file>', 'certificate that is shown to etcd'),
  etcdKey: flag(text().optional(), '<file>', 'key of --etcd-cert'),
  advertise: flag(
    hostPort().optional(),
    '<host:port>',
    'where others reach this coordinator, if not at --listen',
  ),
  leaderLeaseMs: flag(
    whole(500, 60_000).default(1_500),
    '<ms>',
    'a leader of several coordinators that is silent for so long is replaced',
  ),
  stage: flag(whole(0, 1023).optional(), '<n>', 'the stage that this worker would like'),
  leaseMs: flag(whole(100, 3_600_000).default(1500), '<ms>', 'a worker that is silent for so long is lost'),
  admissionWaitMs: flag(
    whole(0, 86_400_000).default(defaultCoordinatorOptions.admissionWaitMsMax),
    '<ms>',
    'how long a sequence may wait for room; keep it below --deadline-ms of clients',
  ),
  admissionQueue: flag(
    whole(0, 1_000_000).default(defaultCoordinatorOptions.admissionQueueMax),
    '<n>',
    'sequences that may wait for room',
  ),
  deadlineMs: flag(whole(1, 86_400_000).default(30_000), '<ms>', 'how long to wait for an answer'),
};
