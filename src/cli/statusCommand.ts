import type { ClusterStatus, WorkerFigures } from '../client/clusterDescription.js';
import { KvClient } from '../client/kvClient.js';
import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import type { CommandSpec } from './defineCommand.js';
import { plainTable } from './plainTable.js';
import { policyTables } from './policyTables.js';
import { tlsSettings } from './tlsSettings.js';
import { clientOptions } from './withCluster.js';

/** A worker, with its own figures where it answers. */
export interface WorkerLine {
  readonly worker: ClusterStatus['cluster']['workers'][number];
  readonly figures: WorkerFigures | null;
}

export const statusCommand: CommandSpec = {
  name: 'status',
  summary: 'Show the workers of a cluster, their tiers, their lanes and what is cached',
  settings: ['cluster', 'policies', 'tenant', 'tenantSecretFile', 'deadlineMs', ...tlsSettings],
  examples: ['kvtide status --cluster 127.0.0.1:4600', 'kvtide status --cluster 127.0.0.1:4600 --json'],
  run: async (settings, context) => {
    if (settings.cluster === undefined) {
      throw new KvError('invalid', '--cluster is missing; give the HOST:PORT of a coordinator');
    }
    const client = await KvClient.connect(settings.cluster, clientOptions(settings, 'monitor'));
    try {
      const status = await client.status();
      const lines = await Promise.all(
        status.cluster.workers.map(async (worker): Promise<WorkerLine> => {
          // A lost worker is shown as such; its silence is no failure of this command.
          const figures =
            worker.state === 'ready' ? await client.workerFigures(worker.address).catch(() => null) : null;
          return { worker, figures };
        }),
      );
      context.out(
        settings.json
          ? `${JSON.stringify(jsonOf(status, lines))}\n`
          : tables(status, lines, settings.policies),
      );
    } finally {
      await client.close();
    }
  },
};

function jsonOf(status: ClusterStatus, lines: readonly WorkerLine[]) {
  const { cluster, ...counts } = status;
  const { model, waitingFor, epoch } = cluster;
  const workers = lines.map(({ worker, figures }) => ({
    ...worker,
    layers: [worker.layers.from, worker.layers.to],
    tiers: figures?.tiers ?? null,
    steps: figures?.steps ?? null,
    openSequences: figures?.openSequences ?? null,
    lanes: figures?.lanes ?? null,
    link: figures?.link ?? null,
    attends: figures?.attends ?? null,
    policies: figures?.policies ?? null,
    shadows: figures?.shadows ?? null,
  }));
  return {
    ready: model !== null,
    waitingFor,
    epoch,
    namespace: model?.namespace ?? null,
    ...counts,
    workers,
  };
}

function tables(status: ClusterStatus, lines: readonly WorkerLine[], withPolicies: boolean): string {
  const workers = plainTable([
    'worker',
    'stage',
    'layers',
    'state',
    'pid',
    'address',
    'device',
    'pinned',
    'disk',
  ]);
  for (const { worker, figures } of lines) {
    const { id, stage, layers, state, pid, address } = worker;
    workers.push([
      id,
      stage,
      `${layers.from} to ${layers.to - 1}`,
      worker.draining ? `${state}, drained; keeps ${worker.keptPages} pages for others` : state,
      pid,
      address,
      ...tierCells(figures),
    ]);
  }
  const { cluster, sequences, indexedBlocks, pinnedBlocks, admission } = status;
  const state = cluster.model === null ? `waiting for ${cluster.waitingFor}` : 'ready';
  const parts = [
    workers.toString(),
    ...laneTable(lines),
    ...linkLines(lines),
    ...(withPolicies ? policyTables(lines) : []),
    ...admission.stages.map(
      ({ stage, sequences: live, admittedBytes, budgetBytes }) =>
        `stage ${stage}: ${formatByteSize(admittedBytes)} of ${budgetBytes === null ? 'an unknown budget' : formatByteSize(budgetBytes)} admitted to ${live} sequences`,
    ),
    `${admission.waiting} sequences wait for room`,
  ];
  return `${parts.join('\n')}\n${state}; epoch ${cluster.epoch}, ${sequences} sequences, ${indexedBlocks} blocks indexed, ${pinnedBlocks} pinned\n`;
}

/** How pages travel between each worker and its peers; nothing where none is connected. */
function laneTable(lines: readonly WorkerLine[]): string[] {
  const table = plainTable(['worker', 'peer', 'lane', 'in', 'out', 'lent']);
  for (const { worker, figures } of lines) {
    for (const {
      peer,
      kind,
      openedHere,
      inPages,
      inBytes,
      outPages,
      outBytes,
      lentSlots,
    } of figures?.lanes ?? []) {
      const moved = (pages: number, bytes: number) => `${pages} pages, ${formatByteSize(bytes)}`;
      const lane = openedHere ? `${kind}, opened here` : kind;
      table.push([
        worker.id,
        peer,
        lane,
        moved(inPages, inBytes),
        moved(outPages, outBytes),
        `${lentSlots} slots`,
      ]);
    }
  }
  return table.length === 0 ? [] : [table.toString()];
}

/** Figures that were taken over a double must not pass for those of the machine. */
function linkLines(lines: readonly WorkerLine[]): string[] {
  return lines.flatMap(({ worker, figures }) => {
    const link = figures?.link ?? null;
    if (link === null) return [];
    const { name, bytesPerSecond, latencyUs, crossedBytes, copyMs } = link;
    return `${worker.id}: pages reach the device over a link ${name} of ${formatByteSize(bytesPerSecond)}/s and ${latencyUs} µs; ${formatByteSize(crossedBytes)} crossed, copied in ${copyMs.toFixed(1)} ms of processor time`;
  });
}

function tierCells(figures: WorkerFigures | null): string[] {
  if (figures === null) return ['-', '-', '-'];
  return ['device', 'pinned', 'disk'].map((name) => {
    const tier = figures.tiers.find((known) => known.tier === name);
    if (tier === undefined) return '-';
    return `${formatByteSize(tier.usedBytes)} of ${formatByteSize(tier.budgetBytes)}, ${tier.pages} pages`;
  });
}
