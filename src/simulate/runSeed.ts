import { KvError } from '../core/errors.js';
import { pageBytes } from '../core/geometry.js';
import type { FaultCounts, FaultKind } from './faultKinds.js';
import { FaultPlan } from './faultPlan.js';
import { Findings } from './findings.js';
import { SimulatedCluster, type SimulatedClusterOptions } from './simulatedCluster.js';
import { SimulatedUser, userName } from './simulatedUser.js';
import { mixedGeometry } from './smallGeometry.js';

export interface SeedOptions {
  readonly seed: number;
  /** Things go wrong until at least so many events have happened. */
  readonly eventsMin: number;
  /** What differs from a sound cluster: a bug that is planted. */
  readonly planted?: Partial<SimulatedClusterOptions>;
  /** Hears each line of the trace. */
  readonly heard?: (line: string) => void;
}

export interface SeedReport {
  readonly seed: number;
  readonly events: number;
  readonly faults: FaultCounts;
  readonly ended: number;
  readonly recomputed: number;
  /** Blocks that were promised to last and looked at in the end. */
  readonly keptBlocks: number;
  /** Broken promises; the first ones in words. */
  readonly broken: number;
  readonly violations: readonly string[];
  readonly traceSha256: string;
}

const geometry = mixedGeometry;

const users = [0, 1, 2];
const calmDisk = { delayMsMax: 2 };
/** Every second seed has room for everything, and its disks do not lie, so that nothing that was flushed may be lost. */
const roomy = { device: 4, pinned: 8, disk: 20_000 };
const tight = { device: 4, pinned: 6, disk: 400 };
const notWhenRoomy: readonly FaultKind[] = ['fullDisk', 'corruptDisk'];
/** A run that has not ended by then stands still. */
const timersMax = 2_000_000;

/** One run of a whole cluster under faults, all of it decided by the seed. */
export async function runSeed({ seed, eventsMin, planted = {}, heard }: SeedOptions): Promise<SeedReport> {
  const isRoomy = seed % 2 === 1;
  const hasPairs = seed % 4 >= 2;
  const pages = isRoomy ? roomy : tight;
  let events = 0;
  let isCalm = false;
  const cluster: SimulatedCluster = new SimulatedCluster({
    seed: `simulate ${seed}`,
    geometry,
    stages: 2,
    workers: hasPairs ? 4 : 2,
    pages,
    diskFaults: calmDisk,
    afterEvent: () => {
      events += 1;
      checkBudgets();
      if (events < eventsMin) faults.onEvent();
      else if (!isCalm) calm();
    },
    onAnswer: checkEpoch,
    warned: (machine, message, context) => findings.note(`${machine}: ${message} ${JSON.stringify(context)}`),
    ...planted,
  });
  const findings = new Findings(() => cluster.clock.monotonicMs(), heard);
  const faults: FaultPlan = new FaultPlan(cluster, cluster.random.fork('faults'), {
    clients: users.map(userName),
    calmDisk,
    without: isRoomy ? notWhenRoomy : [],
    note: (line) => findings.note(line),
  });
  const page = pageBytes(geometry);

  /** From now on nothing goes wrong, and all requests have to end well. */
  function calm(): void {
    isCalm = true;
    faults.stop();
    findings.note('all is well');
  }

  function checkBudgets(): void {
    for (const worker of cluster.disks.keys()) {
      for (const { tier, usedBytes, budgetBytes } of cluster.tiersOf(worker)) {
        const most = tier === 'pinned' ? pages.pinned * page : budgetBytes;
        if (usedBytes > most)
          findings.violates(`worker ${worker} holds ${usedBytes} bytes in ${tier}, of ${most}`);
      }
      const disk = cluster.disks[worker]!;
      const most = pages.disk * disk.footprintBytes(page);
      if (disk.usedBytes > most)
        findings.violates(`the disk of worker ${worker} holds ${disk.usedBytes} bytes, of ${most}`);
    }
  }

  /** A plan of another epoch has to be refused. */
  function checkEpoch(path: string, question: unknown, answer: unknown): void {
    if (!/\/(Fork|Extend|Truncate)Sequence$/.test(path)) return;
    const asked = (question as { readonly epoch: number }).epoch;
    const answered = (answer as { readonly plan?: { readonly epoch: number } }).plan?.epoch;
    if (asked !== answered)
      findings.violates(`${path} of epoch ${asked} was accepted in epoch ${answered ?? 'none'}`);
  }

  const all = users.map((user) => new SimulatedUser(user, cluster, { geometry, findings, isRoomy }));
  const ask = async (user: SimulatedUser): Promise<void> => {
    while (events < eventsMin) await user.request();
  };
  const work = async (): Promise<void> => {
    await cluster.start();
    faults.start();
    await Promise.all(all.map(ask));
    for (const user of all) {
      await user.request();
      await user.checkKept();
    }
  };
  try {
    await cluster.clock.run(work(), timersMax);
  } catch (thrown) {
    const { kind, message } = KvError.from(thrown);
    findings.violates(`the run ended as ${kind}: ${message}`);
  }
  const sum = (of: 'ended' | 'recomputed'): number =>
    all.reduce((total, { counts }) => total + counts[of], 0);
  return {
    seed,
    events,
    faults: faults.counts,
    ended: sum('ended'),
    recomputed: sum('recomputed'),
    keptBlocks: all.reduce((total, { keptBlocks }) => total + keptBlocks, 0),
    broken: findings.broken,
    violations: findings.violations,
    traceSha256: findings.sha256(),
  };
}
