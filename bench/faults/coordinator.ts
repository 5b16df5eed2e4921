import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildProcess } from '../../src/cli/childProcess.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { ElectedCluster, metricOf } from '../support/electedCluster.js';
import { EtcdServer } from '../support/etcdServer.js';
import { ensureInstalled } from '../support/installed.js';
import { CoordinatorLoad, loadBudgets, loadModel } from './coordinatorLoad.js';

const embeddedKills = { full: 50, short: 5 };
const leaderKills = { full: 20, short: 3 };
const stopGraceMs = 5_000;
const settleMs = 300;
/** A leader that was paused is heard of again within this. */
const awakeMs = 10_000;

/** The coordinator is killed again and again: one with LMDB that is started anew, then leaders of three on etcd. */
export async function coordinatorPart(context: BenchContext): Promise<BenchResult> {
  const size = context.short ? 'short' : 'full';
  const embedded = await embeddedRow(embeddedKills[size], context);
  const { row, gapS, failures } = await electedRow(leaderKills[size], context);
  return {
    rows: [embedded, row],
    ratios: [
      {
        name: 'leader_gap_s',
        value: gapS,
        n: leaderKills[size],
        baseline: 'seconds without an answer, at worst',
      },
    ],
    missing: [],
    failures: [
      ...lossesOf(embedded),
      ...lossesOf(row),
      ...failures,
      ...(gapS <= 3 ? [] : [`three coordinators: nobody was served for ${gapS.toFixed(2)} s`]),
    ],
  };
}

async function embeddedRow(kills: number, { tell }: BenchContext): Promise<BenchRow> {
  const folder = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  const startCoordinator = (listen: string) =>
    new ChildProcess(
      ['coordinator', '--listen', listen, '--data-dir', join(folder, 'coordinator')],
      () => {},
    );
  let coordinator = startCoordinator('127.0.0.1:0');
  let load: CoordinatorLoad | null = null;
  const workers: ChildProcess[] = [];
  try {
    const { address } = await coordinator.ready();
    for (let at = 0; at < 2; at += 1)
      workers.push(
        new ChildProcess(
          ['worker', '--model', loadModel, '--coordinator', address, ...loadBudgets],
          () => {},
        ),
      );
    await Promise.all(workers.map((worker) => worker.ready()));
    load = await CoordinatorLoad.start(address);
    for (let kill = 0; kill < kills; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      process.kill(coordinator.pid, 'SIGKILL');
      await coordinator.ended;
      coordinator = startCoordinator(address);
      await coordinator.ready();
      await load.untilWhole(true);
    }
    tell(`the coordinator with LMDB was killed ${kills} times`);
    return await rowOf('one coordinator with LMDB, killed and started again', kills, load);
  } finally {
    await load?.close();
    await Promise.all([...workers, coordinator].map((child) => child.stop(stopGraceMs)));
    await rm(folder, { recursive: true, force: true });
  }
}

async function electedRow(kills: number, context: BenchContext) {
  const etcd = await EtcdServer.start(await ensureInstalled('etcd', 'etcd-server', context));
  let cluster: ElectedCluster | null = null;
  let load: CoordinatorLoad | null = null;
  try {
    cluster = await ElectedCluster.start(etcd, loadBudgets);
    load = await CoordinatorLoad.start(cluster.addresses);
    for (let kill = 0; kill < kills; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      const leader = await cluster.leader();
      process.kill(leader.pid, 'SIGKILL');
      await load.untilWhole(true);
      await cluster.restart(leader);
    }
    const gapS = load.gapMs / 1_000;
    const refused = await pausedLeader(cluster, load);
    context.tell(`leaders were killed ${kills} times, one was paused`);
    const row = await rowOf('three coordinators on etcd, the leader killed', kills, load, {
      gapS,
      refusedByPausedLeader: refused,
    });
    const failures = refused > 0 ? [] : ['three coordinators: a leader that was paused refused nothing'];
    return { row, gapS, failures };
  } finally {
    await load?.close();
    await cluster?.stop();
    await etcd.stop();
  }
}

/** What a leader refuses that is paused until another one leads, and then goes on with what it was sent. */
async function pausedLeader(cluster: ElectedCluster, load: CoordinatorLoad): Promise<number> {
  const paused = await cluster.leader();
  process.kill(paused.pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  await load.untilWhole(true);
  process.kill(paused.pid, 'SIGCONT');
  const giveUpMs = performance.now() + awakeMs;
  for (;;) {
    const refused = await metricOf(paused, 'kvtide_leader_refusals_total');
    if (refused > 0 || performance.now() > giveUpMs) return refused;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function rowOf(
  name: string,
  kills: number,
  load: CoordinatorLoad,
  more: Readonly<Record<string, number>> = {},
): Promise<BenchRow> {
  const { lostPins, lostSequences, pins, sequences } = await load.end();
  const { decodes, sameTokens, epochsTwice } = load;
  const lost = { pins, lostPins, sequences, lostSequences, epochsTwice };
  return { name, n: kills, figures: { ...lost, decodes, sameTokens, ...more } };
}

function lossesOf({ name, figures }: BenchRow): string[] {
  const lost = ['lostPins', 'lostSequences', 'epochsTwice'].flatMap((figure) =>
    figures[figure] === 0 ? [] : [`${name}: ${figure} ${figures[figure]}`],
  );
  const same = figures.sameTokens === figures.decodes && Number(figures.decodes) > 0;
  return same
    ? lost
    : [...lost, `${name}: ${figures.sameTokens} of ${figures.decodes} decodes with the same tokens`];
}
