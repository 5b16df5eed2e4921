import { defaultCoordinatorOptions } from '../coordinator/options.js';
import { flag } from './flag.js';
import { bytes, hostPort, text, whole, yesNo } from './settingValues.js';

/** Whom a process serves and whom it talks to. */
export const serverSettings = {
  tenant: flag(text().default('default'), '<name>', 'whose KV it is; tenants never share'),
  tenantSecretFile: flag(text().optional(), '<file>', 'secret that the names of the KV are derived from'),
  listen: flag(hostPort().optional(), '<host:port>', 'where to serve; port 0 lets the kernel pick'),
  metricsListen: flag(hostPort().optional(), '<host:port>', 'where to serve /metrics'),
  memoryLimit: flag(
    bytes().optional(),
    '<size>',
    'resident memory of each process; near it, new calls are refused',
  ),
  insecureNetwork: flag(yesNo().default(false), null, 'allow listening beyond loopback without TLS'),
  coordinator: flag(hostPort().optional(), '<host:port>', 'the coordinator to register with'),
  stage: flag(whole(0, 1023).optional(), '<n>', 'the stage that this worker would like'),
  leaseMs: flag(whole(100, 3_600_000).default(3000), '<ms>', 'a worker that is silent for so long is lost'),
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
