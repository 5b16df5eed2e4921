import type { TierPolicyFigures } from '../client/clusterDescription.js';
import { KvClient } from '../client/kvClient.js';
import { KvError } from '../core/errors.js';
import { type PolicyKind, policyKinds } from '../core/policyKind.js';
import { admissionPolicyNames, defaultAdmission } from '../policy/admissionPolicies.js';
import { defaultPlacement, placementPolicyNames } from '../policy/placementPolicies.js';
import { isPolicyPath } from '../policy/policyPath.js';
import { defaultResidency, residencyPolicyNames } from '../policy/residencyPolicies.js';
import { defaultRetention, retentionPolicyNames } from '../policy/retentionPolicies.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { SetPolicyRequest } from '../rpc/gen/kvtide/v1/SetPolicyRequest.js';
import type { SetPolicyResponse__Output } from '../rpc/gen/kvtide/v1/SetPolicyResponse.js';
import type { CommandContext } from './commandContext.js';
import type { CommandSpec } from './defineCommand.js';
import { didYouMean } from './nearestName.js';
import { networkOf } from './networkOf.js';
import { plainTable } from './plainTable.js';
import type { Settings } from './settings.js';
import { tlsSettings } from './tlsSettings.js';
import { clientOptions } from './withCluster.js';

const policies = {
  retention: {
    names: retentionPolicyNames,
    byDefault: defaultRetention,
    decides: 'which sealed blocks stay below',
  },
  residency: {
    names: residencyPolicyNames,
    byDefault: defaultResidency,
    decides: 'which pages stay on the device',
  },
  admission: {
    names: admissionPolicyNames,
    byDefault: defaultAdmission,
    decides: 'which blocks the tiers below take in',
  },
  placement: {
    names: placementPolicyNames,
    byDefault: defaultPlacement,
    decides: 'when blocks are copied there',
  },
} as const satisfies Record<PolicyKind, unknown>;

export const policyCommand: CommandSpec = {
  name: 'policy',
  summary:
    'List the policies, or change one of every worker of a running cluster: no page is dropped, no step waits',
  settings: ['cluster', 'tenant', 'deadlineMs', ...tlsSettings],
  operand: ['policyAction', 'policyKind', 'policyName'],
  examples: [
    'kvtide policy list',
    'kvtide policy list --cluster 127.0.0.1:4600',
    'kvtide policy set retention fifo --cluster 127.0.0.1:4600',
    'kvtide policy set placement write-back --cluster 127.0.0.1:4600',
    'kvtide policy set retention ./my-policy.ts --cluster 127.0.0.1:4600',
  ],
  run: async (settings, context) => {
    if (settings.policyAction === 'set') await set(settings, context);
    else await list(settings, context);
  },
};

interface WorkerPolicies {
  readonly worker: string;
  readonly policies: readonly TierPolicyFigures[];
}

async function set(settings: Settings, context: CommandContext): Promise<void> {
  const { policyKind: kind, policyName: name } = settings;
  if (kind === undefined || name === undefined) {
    throw new KvError(
      'invalid',
      `kvtide policy set wants ${policyKinds.slice(0, -1).join(', ')} or ${policyKinds.at(-1)}, and a name; see kvtide policy list`,
    );
  }
  checkName(kind, name);
  const workers = await eachWorker(
    settings,
    async (_client, address) => (await setAt(address, { kind, name }, settings)).policies,
  );
  if (settings.json) context.out(`${JSON.stringify({ kind, name, workers })}\n`);
  else context.out(workers.map(({ worker }) => `${worker}: ${kind} is ${name}\n`).join(''));
}

async function setAt(
  address: string,
  request: SetPolicyRequest,
  settings: Settings,
): Promise<SetPolicyResponse__Output> {
  const { tenant, deadlineMs: timeoutMs } = settings;
  const peer = networkOf(settings, 'admin').dial(address);
  try {
    return await peer.request(workerEndpoints.setPolicy, request, { tenant, timeoutMs });
  } finally {
    peer.close();
  }
}

async function list(settings: Settings, context: CommandContext): Promise<void> {
  const workers =
    settings.cluster === undefined
      ? []
      : await eachWorker(settings, async (client, address) => (await client.workerFigures(address)).policies);
  if (settings.json) {
    const names = Object.fromEntries(policyKinds.map((kind) => [kind, policies[kind].names]));
    context.out(`${JSON.stringify({ ...names, workers })}\n`);
    return;
  }
  const table = plainTable(['kind', 'policy', '']);
  for (const kind of policyKinds) {
    const { names, byDefault, decides } = policies[kind];
    for (const name of names) table.push([kind, name, name === byDefault ? `default; ${decides}` : '']);
  }
  context.out(`${table.toString()}\n${inUse(workers)}`);
}

function inUse(workers: readonly WorkerPolicies[]): string {
  if (workers.length === 0) return '';
  const table = plainTable(['worker', 'tier', 'policy', 'failed']);
  for (const { worker, policies: tiers } of workers)
    for (const { tier, kind, name, failures } of tiers)
      table.push([worker, tier, `${kind} ${name}`, failures]);
  return `${table.toString()}\n`;
}

/** @throws KvError `invalid` that offers the nearest name. */
function checkName(kind: PolicyKind, name: string): void {
  const names: readonly string[] = policies[kind].names;
  // A worker says whether it loads the file: it lies there.
  if (names.includes(name) || (kind === 'retention' && isPolicyPath(name))) return;
  throw new KvError(
    'invalid',
    `"${name}" is no ${kind} policy; there are ${names.join(', ')}${didYouMean(name, names)}`,
  );
}

/** @throws KvError `unavailable` when a worker is not ready or does not answer; the others were asked all the same. */
async function eachWorker(
  settings: Settings,
  ask: (client: KvClient, address: string) => Promise<readonly TierPolicyFigures[]>,
): Promise<readonly WorkerPolicies[]> {
  if (settings.cluster === undefined)
    throw new KvError('invalid', '--cluster is missing; give the HOST:PORT of a coordinator');
  const client = await KvClient.connect(settings.cluster, clientOptions(settings, 'admin'));
  try {
    const { workers } = await client.describe();
    const asked = await Promise.allSettled(
      workers.map(async ({ id, address, state }): Promise<WorkerPolicies> => {
        if (state !== 'ready')
          throw new KvError('unavailable', `worker ${id} is ${state} and was not asked; run it again later`);
        return { worker: id, policies: await ask(client, address) };
      }),
    );
    const failed = asked.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  } finally {
    await client.close();
  }
}
