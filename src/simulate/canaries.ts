import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { Disk } from '../core/ports/disk.js';
import type { Binding, CallContext, Network } from '../core/ports/network.js';
import type { SimulatedClusterOptions } from './simulatedCluster.js';

/** Bugs that are planted to see that the simulation finds them. */
const canaries = {
  /** A worker says that pages are flushed when they are only written. */
  'visible-before-flush': { workerDisk: (disk: Disk) => ({ ...portOf(disk), flush: async () => {} }) },
  /** The coordinator takes what was asked under an old plan. */
  'stale-epoch-accepted': { coordinatorNetwork: takingOldEpochs },
  /** What the disk reads wrong passes for right. */
  'checksum-skipped': { workerDisk: misreading },
  /** Pinned memory has one slot more than its budget. */
  'budget-off-by-one': { hiddenBytes: 4_096 },
} as const satisfies Record<string, Partial<SimulatedClusterOptions>>;

export type CanaryName = keyof typeof canaries;
export const canaryNames = Object.keys(canaries) as readonly CanaryName[]; // its keys

/** @throws KvError `invalid` for a name that is none. */
export function canaryOf(name: string): Partial<SimulatedClusterOptions> {
  const known = canaryNames.find((canary) => canary === name);
  if (known !== undefined) return canaries[known];
  throw new KvError('invalid', `there is no canary "${name}"; there are ${canaryNames.join(', ')}`);
}

/** Every eighth page goes wrong a moment after it was verified. */
const misreadOneIn = 8;

function misreading(disk: Disk, clock: Clock): Disk {
  let reads = 0;
  return {
    ...portOf(disk),
    read: async (key, into) => {
      const outcome = await disk.read(key, into);
      reads += 1;
      if (outcome.kind === 'hit' && reads % misreadOneIn === 0) {
        clock.setTimer(0, () => {
          for (const part of into) part[0]! ^= 1;
        });
      }
      return outcome;
    },
  };
}

function takingOldEpochs(network: Network): Network {
  let latest = 0;
  const noteEpoch = (message: unknown): void => {
    const { epoch, plan } = message as {
      readonly epoch?: number;
      readonly plan?: { readonly epoch: number };
    };
    latest = Math.max(latest, epoch ?? 0, plan?.epoch ?? 0);
  };
  const lenient = (binding: Binding): Binding => {
    if (!('kind' in binding.endpoint) || binding.endpoint.kind !== 'request') return binding;
    const { endpoint, handle } = binding as Extract<
      Binding,
      { readonly endpoint: { readonly kind: 'request' } }
    >;
    return {
      endpoint,
      handle: async (message: never, call: CallContext) => {
        const isOfPlan = /^(Fork|Extend|Truncate)Sequence$/.test(endpoint.name);
        const asked = isOfPlan ? { ...(message as object), epoch: latest } : message;
        const answer = await handle(asked as never, call);
        noteEpoch(answer);
        return answer;
      },
    };
  };
  return {
    dial: (address) => network.dial(address),
    serve: (address, bindings) => network.serve(address, bindings.map(lenient)),
  };
}

/** The port's methods as properties of their own, to be replaced one by one. */
function portOf(disk: Disk): Disk {
  return {
    open: () => disk.open(),
    begin: (key, payloadBytes) => disk.begin(key, payloadBytes),
    flush: () => disk.flush(),
    read: (key, into) => disk.read(key, into),
    remove: (keys) => disk.remove(keys),
    scan: () => disk.scan(),
    footprintBytes: (payloadBytes) => disk.footprintBytes(payloadBytes),
    close: () => disk.close(),
  };
}
