import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockKey } from '../../src/core/blockKey.js';
import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import type { PageId } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { Lane } from '../../src/transfer/lane.js';
import { type LaneKind, laneKinds } from '../../src/transfer/laneKind.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { openLane } from '../../src/transfer/openLane.js';
import { Kvtide } from './runKvtide.js';

const layers = 4;

/** Pages of 32 KiB: 2 heads × 64 tokens × 32 × 4 bytes, twice. */
export const storeGeometry: Geometry = {
  layers: Array.from({ length: layers }, () => ({ kind: 'full', rope: true })),
  kvHeads: 2,
  headDim: 32,
  dtype: 'f32',
  blockTokens: 64,
  layoutVersion: 1,
};

const kvConfig = { name: 'test/store', layers, kvHeads: 2, headDim: 32, dtype: 'f32', blockTokens: 64 };

export interface StoreWorker {
  readonly id: string;
  readonly layers: readonly [number, number];
  readonly pid: number;
  readonly address: string;
}

/** A page store of real processes. */
export class StoreCluster {
  readonly #runs: readonly Kvtide[];
  readonly #folder: string;

  private constructor(
    runs: readonly Kvtide[],
    folder: string,
    readonly address: string,
    readonly workers: readonly StoreWorker[],
  ) {
    this.#runs = runs;
    this.#folder = folder;
  }

  /** `kvtide up --kv-config`, which ends when one of its processes does. */
  static start(flags: readonly string[] = []): Promise<StoreCluster> {
    return StoreCluster.#start(async (config, runs) => {
      const up = new Kvtide(['up', '--kv-config', config, '--json', ...flags]);
      runs.push(up);
      const { address, workers } = await firstLine(up);
      return { address, workers };
    });
  }

  /** A coordinator and two workers of all layers, each started by itself: one may die. */
  static startApart(flags: readonly string[] = []): Promise<StoreCluster> {
    return StoreCluster.#start(async (config, runs) => {
      const coordinator = new Kvtide(['coordinator', '--stages', '1', '--workers', '2', '--json']);
      runs.push(coordinator);
      const { address } = await firstLine(coordinator);
      const args = ['worker', '--kv-config', config, '--coordinator', address, '--json', ...flags];
      const both = [new Kvtide(args), new Kvtide(args)];
      runs.push(...both);
      return { address, workers: await Promise.all(both.map(firstLine)) };
    });
  }

  static async #start(
    begin: (
      config: string,
      runs: Kvtide[],
    ) => Promise<{ readonly address: string; readonly workers: readonly StoreWorker[] }>,
  ): Promise<StoreCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'kvtide-store-'));
    const config = join(folder, 'kv.json');
    writeFileSync(config, JSON.stringify(kvConfig));
    const runs: Kvtide[] = [];
    try {
      const { address, workers } = await begin(config, runs);
      return new StoreCluster(runs, folder, address, workers);
    } catch (thrown) {
      for (const run of runs) run.dispose();
      rmSync(folder, { recursive: true, force: true });
      throw thrown;
    }
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    for (const run of this.#runs) run.process.kill('SIGTERM');
    await Promise.all(this.#runs.map((run) => run.finished()));
    this.dispose();
  }

  dispose(): void {
    for (const run of this.#runs) run.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function firstLine(run: Kvtide) {
  await run.says('"ready":');
  return JSON.parse(run.stdout.split('\n')[0] ?? '');
}

/** A lane to one worker, past all routing. */
export async function laneTo(
  { address }: StoreWorker,
  namespace: NamespaceId,
  allowed: readonly LaneKind[] = laneKinds,
): Promise<{ readonly lane: Lane; close(): Promise<void> }> {
  const peer = new GrpcNetwork().dial(address);
  const lane = await openLane({
    peer,
    namespace,
    name: 'a-test',
    allowed,
    halfBytes: halfPageBytes(storeGeometry),
    call: { tenant: 'default' },
    limits: defaultLaneLimits,
  });
  return {
    lane,
    close: async () => {
      await lane.close();
      peer.close();
    },
  };
}

export function blockKey(number: number): BlockKey {
  return `b${number.toString(16).padStart(63, '0')}` as BlockKey;
}

export function emptyView(): PageView {
  const half = halfPageBytes(storeGeometry);
  return { k: new Uint8Array(half), v: new Uint8Array(half) };
}

/** Bytes that no other page has. */
export function bytesFor({ block, layer }: PageId): PageView {
  const view = emptyView();
  const seed = Number.parseInt(block.slice(-6), 16) * layers + layer + 1;
  const [k, v] = [new Uint32Array(view.k.buffer), new Uint32Array(view.v.buffer)];
  for (let at = 0; at < k.length; at += 1) {
    k[at] = Math.imul(seed, 2_654_435_761) + at;
    v[at] = Math.imul(seed, 2_246_822_519) - at;
  }
  return view;
}

/** Puts all pages of the blocks in the worker's layers. */
export async function putBlocks(
  lane: Lane,
  blocks: readonly BlockKey[],
  [from, to]: readonly [number, number],
): Promise<void> {
  for (const [blockIndex, block] of blocks.entries()) {
    for (let layer = from; layer < to; layer += 1) {
      const id = { block, layer };
      const view = bytesFor(id);
      const end = await lane.put({ id, view, blockIndex, checksum: pageChecksum(view) });
      if (end.kind !== 'stored') throw new Error(`page ${block} ${layer}: ${JSON.stringify(end)}`);
    }
  }
}

/** How many of the pages come back with the bytes that were put; wrong bytes are an error. */
export async function countRight(
  lane: Lane,
  blocks: readonly BlockKey[],
  [from, to]: readonly [number, number],
): Promise<number> {
  let right = 0;
  const into = emptyView();
  for (const block of blocks) {
    for (let layer = from; layer < to; layer += 1) {
      const got = await lane.get({ block, layer }, into);
      if (got.kind === 'miss') continue;
      const put = bytesFor({ block, layer });
      if (got.kind !== 'hit' || Buffer.compare(into.k, put.k) !== 0 || Buffer.compare(into.v, put.v) !== 0)
        throw new Error(`page ${block} ${layer} is not what was put: ${got.kind}`);
      right += 1;
    }
  }
  return right;
}
