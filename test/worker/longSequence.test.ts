import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { defaultCoordinatorOptions } from '../../src/coordinator/options.js';
import { type BlockKey, blockKeyFromBytes, packBlockKeys } from '../../src/core/blockKey.js';
import type { Geometry } from '../../src/core/geometry.js';
import { ShardMap } from '../../src/core/shardMap.js';
import { maxMessageBytes } from '../../src/rpc/channelOptions.js';
import { codecOf } from '../../src/rpc/codec.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import type { Plan } from '../../src/rpc/gen/kvtide/v1/Plan.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import { PageRecords } from '../../src/tiers/pageRecords.js';
import { lengthsToWeigh } from '../../src/transfer/lengthsToWeigh.js';
import { type PlannedStep, type PlannerEffect, StepPlanner } from '../../src/worker/stepPlanner.js';

/** Ten million tokens. ARCHITECTURE.md states the bounds that are held here. */
const blocks = 39_063;
const blockTokens = 256;
const geometry: Geometry = {
  layers: [
    { kind: 'window', window: 4 * blockTokens, rope: true },
    { kind: 'full', rope: true },
    { kind: 'full', rope: true }, // of the next stage
  ],
  kvHeads: 2,
  headDim: 64,
  dtype: 'f16',
  blockTokens,
  layoutVersion: 1,
};
const range = { from: 0, to: 2 };
const chain = Array.from(
  { length: blocks + 1 },
  (_, block): BlockKey => blockKeyFromBytes(createHash('sha256').update(`${block}`).digest()),
);
const rootKey = chain[blocks]!;
const known = chain.slice(0, blocks);

const namespace = 'f'.repeat(64);
const protocol = ownProtocol();
const worker = 'a-worker-with-a-name-of-40-characters-00';
const sequence = 'f'.repeat(32);
const epoch = 1e6;
const plan: Plan = {
  sequence,
  epoch,
  stages: Array.from({ length: 4 }, (_, stage) => ({
    worker,
    address: `${worker}:65535`,
    layers: { from: stage, to: stage + 1 },
    shards: Array.from({ length: 3 }, () => ({ worker, address: `${worker}:65535` })),
  })),
};

/** Bytes of memory that a value keeps alive, all of it. */
function heldBytes(make: () => object): { readonly bytes: number; readonly made: object } {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const used = () => {
    // Array buffers that a collection frees are counted until the next one begins.
    for (let times = 0; times < 3; times += 1) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const made = make();
  return { bytes: used() - before, made };
}

function planner(sealed: number, shards: number): StepPlanner {
  const of = new StepPlanner({ geometry, range, rootKey, chain: known.slice(0, sealed) });
  const names = Array.from({ length: shards }, (_, shard) => shard);
  of.handle({ kind: 'seek', blocks: sealed, given: new ShardMap(names).givenAway(sealed) });
  return of;
}

/** One decode step in the middle of a block. */
function decode(of: StepPlanner): { readonly step: PlannedStep; readonly after: readonly PlannerEffect[] } {
  const next = () =>
    of.handle({ kind: 'step', position: of.length, tokens: Uint32Array.of(7), output: 'logits' });
  next(); // takes the growing pages
  of.handle({ kind: 'stepped' });
  const [effect, ...others] = next();
  expect(others).toEqual([]);
  if (effect?.kind !== 'compute') throw new Error('no step was planned');
  return { step: effect.step, after: of.handle({ kind: 'stepped' }) };
}

describe('a sequence of 10 million tokens', () => {
  it('is created, opened and looked up with one message of 1.25 MB, a fiftieth of what one may have', () => {
    const packed = packBlockKeys(known);
    const create = codecOf(coordinatorEndpoints.createSequence);
    const lookup = codecOf(coordinatorEndpoints.lookup);
    const extend = codecOf(coordinatorEndpoints.extendSequence);
    const decodeCodec = codecOf(workerEndpoints.decode);
    const tokens = blocks * blockTokens;
    const whole = [
      create.encodeQuestion({ protocol, namespace, blocks: packed, tokens, maxTokens: tokens }),
      lookup.encodeQuestion({ namespace, blocks: packed }),
      decodeCodec.encodeQuestion({
        open: { protocol, plan, stage: 3, namespace, rootKey: packed.subarray(0, 32), blocks: packed },
      }),
    ];
    for (const { length } of whole) {
      expect(length).toBeGreaterThan(32 * blocks);
      expect(length).toBeLessThan(32 * blocks + 4_096);
      expect(length).toBeLessThan(maxMessageBytes / 50);
    }
    expect(blocks).toBeLessThan(defaultCoordinatorOptions.maxBlocksPerMessage);
    // What is said while it grows does not depend on its length.
    const one = packed.subarray(0, 32);
    const grown = extend.encodeQuestion({ sequence, epoch, blocks: one, tokens });
    expect(grown.length).toBeLessThan(128);
  });

  it('is sought with at most 1 KiB, and answered', () => {
    const codec = codecOf(workerEndpoints.decode);
    const loadMs = Float64Array.from({ length: blocks + 1 }, (_, length) => (length * length) / 1e3);
    const lengths = lengthsToWeigh([], loadMs);
    const costs = { lengths, loadMs: lengths.map((length) => loadMs[length]!), recomputeMsPerBlock: 1.5 };
    expect(codec.encodeQuestion({ seek: { blocks, lengths } }).length).toBeLessThan(1_024);
    expect(codec.encodeAnswer({ opened: { usableBlocks: blocks, costs } }).length).toBeLessThan(1_024);
  });

  it.each([2, 4])('%i shards: a piece changes hands with at most 64 KiB of keys', (shards) => {
    const names = Array.from({ length: shards }, (_, shard) => shard);
    const pieces = new ShardMap(names).givenAway(blocks);
    const bytes = pieces.map(({ first, end }) =>
      codecOf(workerEndpoints.attend).encodeQuestion({
        keep: { firstBlock: first, blocks: packBlockKeys(known.slice(first, end)) },
      }),
    );
    expect(Math.max(...bytes.map(({ length }) => length))).toBeLessThanOrEqual(2 ** 16 + 32);
    expect(pieces.length).toBeLessThanOrEqual(256);
  });

  it('takes at most 256 bytes a block in the planner of two layers, and 256 in the table of pages', () => {
    const ofPlanner = heldBytes(() => planner(blocks, 1));
    expect(ofPlanner.bytes / blocks).toBeLessThan(256);
    const ofTable = heldBytes(() => {
      const records = new PageRecords(range);
      known.forEach((block, index) => {
        for (let layer = range.from; layer < range.to; layer += 1) records.add({ block, layer }, index, 1n);
      });
      return records;
    });
    expect(ofTable.bytes / blocks).toBeLessThan(256);
    // They were alive when they were measured.
    expect([ofPlanner.made, ofTable.made]).toHaveLength(2);
  });

  it.each([1, 2, 4])('%i shards: a step plans what it reads and nothing else', (shards) => {
    const [short, long] = [1_024, blocks].map((sealed) => decode(planner(sealed, shards)));
    const pagesOf = ({ step }: { readonly step: PlannedStep }) =>
      step.layers.map(({ pages }) => pages.length);
    const given = new ShardMap(Array.from({ length: shards }, (_, shard) => shard)).givenAway(blocks);
    const givenBlocks = given.reduce((sum, { first, end }) => sum + end - first, 0);
    // Of a window layer the same pages at any length, of a full one those that are here.
    expect(pagesOf(long!)).toEqual([4, blocks - givenBlocks]);
    expect(pagesOf(short!)[0]).toBe(4);
    expect(long!.step.peerPages).toBe(givenBlocks);
    expect(long!.after).toEqual([]);
  });

  it.each([1, 4])('%i shards: sealing a block changes one page a layer', (shards) => {
    const of = planner(blocks, shards);
    const tokens = new Uint32Array(blockTokens);
    const planned = of.handle({ kind: 'step', position: of.length, tokens, output: 'none' });
    expect(planned.map(({ kind }) => kind)).toEqual(['takeTails', 'compute']);
    const [sealed, ...left] = of.handle({ kind: 'stepped' });
    expect(sealed).toMatchObject({ kind: 'seal', block: blocks });
    expect(left.map(({ kind }) => kind)).toEqual(['letGo']);
  });
});
