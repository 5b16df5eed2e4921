import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecodeStream } from '../../src/client/decodeStream.js';
import { type BlockKey, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { epoch, type Plan, sequenceId, workerId } from '../../src/core/plan.js';
import type { Peer } from '../../src/core/ports/network.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { FakeWorker } from './fakeWorker.js';

const key = (byte: number): BlockKey => blockKeyFromBytes(new Uint8Array(32).fill(byte));
const none = { topLogits: 0, allLogits: false };

let worker: FakeWorker;
let address: string;
let peers: Peer[];

beforeEach(async () => {
  worker = new FakeWorker();
  address = await worker.listen();
  peers = [];
});

afterEach(async () => {
  for (const peer of peers) peer.close();
  await worker.close();
});

function open(blocks: readonly BlockKey[], stepsAhead = 4): DecodeStream {
  const plan: Plan = {
    sequence: sequenceId('s1'),
    epoch: epoch(1),
    stages: [
      { worker: workerId('w0'), address, layers: { from: 0, to: 3 }, shards: [] },
      { worker: workerId('w1'), address: '127.0.0.1:1', layers: { from: 3, to: 6 }, shards: [] },
    ],
  };
  const dial = (to: string): Peer => {
    const peer = new GrpcNetwork().dial(to);
    peers.push(peer);
    return peer;
  };
  const request = { plan, namespace: 'ab' as NamespaceId, rootKey: key(0), blocks, stepsAhead };
  return DecodeStream.open(dial, request, { tenant: 'alice' });
}

describe('DecodeStream', () => {
  it('sends the chain and settles for what the stages hold', async () => {
    worker.usable = [3, 2, 1];
    const stream = open([key(1), key(2), key(3), key(4)]);
    expect(await stream.seek(4)).toBe(1);
    expect(worker.chainLength).toBe(4);
    expect(worker.seeks).toEqual([3, 2, 1]);
    expect(worker.tenant).toBe('alice');
    worker.usable = [];
    expect(await stream.seek(4)).toBe(4); // the opening counts once: blocks may have come back since
  });

  it('answers steps in order, with what was wanted', async () => {
    const stream = open([]);
    expect(await stream.seek(0)).toBe(0);
    const answers = await Promise.all([
      stream.step(0, [1, 2, 70_000], none),
      stream.step(3, [4], { topLogits: 2, allLogits: false }),
      stream.step(4, [5], { topLogits: 1, allLogits: true }),
    ]);
    expect(worker.steps).toEqual([
      { position: 0, tokens: [1, 2, 70_000] },
      { position: 3, tokens: [4] },
      { position: 4, tokens: [5] },
    ]);
    expect(answers.map(({ topIds }) => topIds)).toEqual([[], [0, 2], [0]]);
    expect(answers[1]?.topLogits).toEqual([0.5, Math.fround(0.1)]);
    expect(answers[2]?.logits).toEqual(Float32Array.of(0.5, -1, 0.1));
    expect(answers[0]?.logits).toBeNull();
    expect(answers[0]?.stages[0]).toMatchObject({
      stallMs: 1,
      loadedPages: { device: 0, pinned: 0, disk: 3 },
    });
  });

  it('has the answers of every token of a verified step, and goes back between steps', async () => {
    const stream = open([]);
    await stream.seek(0);
    const want = { topLogits: 1, allLogits: false, everyPosition: true };
    const answer = await stream.step(0, [1, 2, 3], want);
    expect(answer.earlier).toEqual([
      { topIds: [2], topLogits: [0.25], logsumexp: 2, logits: null },
      { topIds: [3], topLogits: [0.25], logsumexp: 2, logits: null },
    ]);
    expect(answer.topIds).toEqual([0]);
    stream.truncate(2);
    expect((await stream.step(2, [4], want)).earlier).toEqual([]);
    expect(worker.truncations).toEqual([2]);
    expect(worker.steps.map(({ position }) => position)).toEqual([0, 2]);
  });

  it('says so when a worker answers only for the last token of a verified step', async () => {
    worker.verifies = false;
    const stream = open([]);
    await stream.seek(0);
    const step = stream.step(0, [1, 2, 3], { topLogits: 1, allLogits: false, everyPosition: true });
    await expect(step).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(step).rejects.toThrow('answered for 1 of 3 positions; update the workers');
  });

  it('sends no more steps ahead than it may', async () => {
    let openGate = (): void => {};
    worker.gate = new Promise((resolve) => {
      openGate = resolve;
    });
    const stream = open([], 2);
    await stream.seek(0);
    const steps = Array.from({ length: 6 }, (_, at) => stream.step(at, [at], none));
    const late = open([], 2);
    await late.seek(0); // answered after the first stream's messages could have arrived
    expect(worker.steps.length).toBeLessThanOrEqual(2);
    openGate();
    await Promise.all(steps);
    expect(worker.steps.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('names the worker and its layers when a step fails, and is over', async () => {
    worker.failAt.set(1, new KvError('lost', 'the page of block 0 is gone', { context: { block: 0 } }));
    const stream = open([]);
    await stream.seek(0);
    const steps = [0, 1, 2].map((at) => stream.step(at, [at], none));
    const settled = await Promise.allSettled(steps);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(steps[1]).rejects.toMatchObject({
      kind: 'lost',
      message: expect.stringMatching(/worker w0 \(layers 0 to 2, .*\): the page of block 0 is gone/),
      context: { worker: 'w0', layersFrom: 0, layersTo: 3, block: 0 },
    });
    await expect(stream.step(1, [1], none)).rejects.toMatchObject({ kind: 'lost' });
  });

  it('leaves the name of a later stage as it is', async () => {
    const message = 'worker w1 (layers 3 to 5): cannot be reached';
    worker.failAt.set(0, new KvError('unavailable', message, { context: { worker: 'w1' } }));
    const stream = open([]);
    await stream.seek(0);
    await expect(stream.step(0, [1], none)).rejects.toMatchObject({ message, context: { worker: 'w1' } });
  });

  it('fails as unavailable, naming worker and layers, when the worker goes', async () => {
    worker.gate = new Promise(() => {});
    const stream = open([]);
    await stream.seek(0);
    const step = stream.step(0, [1], none);
    step.catch(() => {});
    await worker.close();
    await expect(step).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('worker w0 (layers 0 to 2'),
    });
  });

  it('fails at the first seek when nobody listens', async () => {
    await worker.close();
    await expect(open([]).seek(0)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('worker w0 (layers 0 to 2'),
    });
  });

  it('lets waiting calls fail as cancelled when it is closed', async () => {
    worker.gate = new Promise(() => {});
    const stream = open([]);
    await stream.seek(0);
    const step = stream.step(0, [1], none);
    step.catch(() => {});
    stream.close();
    await expect(step).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
