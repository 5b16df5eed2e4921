import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { Disk } from '../core/ports/disk.js';
import type { Binding, CallContext, Network } from '../core/ports/network.js';
import type { SeedReport } from './runSeed.js';
import type { SimulatedClusterOptions } from './simulatedCluster.js';

/** A bug that is planted to see that the simulation finds it, and the words of the promise that it breaks. */
export interface Canary {
  readonly planted: Partial<SimulatedClusterOptions>;
  readonly breaks: RegExp;
}

const canaries = {
  /** A worker says that pages are flushed when they are only written. */
  'visible-before-flush': {
    planted: { workerDisk: (disk: Disk) => ({ ...portOf(disk), flush: async () => {} }) },
    breaks: /was flushed and is gone$/,
  },
  /** The coordinator takes what was asked under an old plan. */
  'stale-epoch-accepted': {
    planted: { coordinatorNetwork: takingOldEpochs },
    breaks: /of epoch \d+ was accepted in epoch/,
  },
  /** What a disk read wrong passes for right: it goes wrong when it has been verified. */
  'checksum-skipped': { planted: { workerDisk: misreading }, breaks: /: wrong (logits|bytes)/ },
  /** Pinned memory has one slot more than its budget. */
  'budget-off-by-one': { planted: { hiddenBytes: 4_096 }, breaks: /bytes in pinned, of/ },
} as const satisfies Record<string, Canary>;

export type CanaryName = keyof typeof canaries;
export const canaryNames = Object.keys(canaries) as readonly CanaryName[]; // its keys

/** @throws KvError `invalid` for a name that is none. */
export function canaryOf(name: string): Canary {
  const known = canaryNames.find((canary) => canary === name);
  if (known !== undefined) return canaries[known];
  throw new KvError('invalid', `there is no canary "${name}"; there are ${canaryNames.join(', ')}`);
}

/** Whether a run broke the promise that the bug is meant to break. */
export function catches({ breaks }: Canary, { violations }: Pick<SeedReport, 'violations'>): boolean {
  return violations.some((violation) => breaks.test(violation));
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
