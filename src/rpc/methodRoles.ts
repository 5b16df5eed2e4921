import type { Role } from '../core/identity.js';
import { coordinatorEndpoints, workerEndpoints } from './endpoints.js';

const everyone: readonly Role[] = ['client', 'worker', 'admin', 'monitor'];
const workers: readonly Role[] = ['worker'];
const admins: readonly Role[] = ['admin'];
const figures: readonly Role[] = ['admin', 'monitor'];
const clients: readonly Role[] = ['client'];
const data: readonly Role[] = ['client', 'worker'];

/** The one table of who may call what. A method that is missing here does not compile. */
const coordinatorRoles: Readonly<Record<keyof typeof coordinatorEndpoints, readonly Role[]>> = {
  register: workers,
  ready: workers,
  heartbeat: workers,
  leave: workers,
  inventory: workers,
  describe: everyone,
  createSequence: clients,
  forkSequence: clients,
  extendSequence: clients,
  truncateSequence: clients,
  releaseSequence: clients,
  lookup: clients,
  pin: clients,
  locate: clients,
  moveBlocks: admins,
  drainWorker: admins,
  status: figures,
};

/** Coordinators call workers as `worker`, to move blocks. */
const workerRoles: Readonly<Record<keyof typeof workerEndpoints, readonly Role[]>> = {
  decode: data,
  putPages: data,
  getPages: data,
  openLane: data,
  hasPages: data,
  removeBlocks: data,
  prefetchBlocks: data,
  flush: data,
  attend: workers,
  attention: clients,
  copyBlocks: workers,
  stats: [...figures, 'client'],
  setPolicy: admins,
  explain: ['client', 'admin'],
};

const byMethod: ReadonlyMap<string, readonly Role[]> = new Map([
  ...named(coordinatorEndpoints, coordinatorRoles),
  ...named(workerEndpoints, workerRoles),
]);

interface Method {
  readonly service: string;
  readonly name: string;
}

/** Nobody for a method that the table does not have. */
export function rolesOf({ service, name }: Method): readonly Role[] {
  return byMethod.get(`${service}/${name}`) ?? [];
}

/** Whether only admins may: such calls are written into the audit log. */
export function isAdminAction(method: Method): boolean {
  return rolesOf(method) === admins;
}

function named<Name extends string>(
  endpoints: Readonly<Record<Name, Method>>,
  rolesByName: Readonly<Record<Name, readonly Role[]>>,
): [string, readonly Role[]][] {
  return (Object.keys(endpoints) as Name[]).map((key) => {
    const { service, name } = endpoints[key];
    return [`${service}/${name}`, rolesByName[key]];
  });
}
