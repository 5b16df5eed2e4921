import { describe, expect, it } from 'vitest';
import { DecodeStream } from '../../src/client/decodeStream.js';
import { type BlockKey, blockKeyFromBytes } from '../../src/core/blockKey.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { epoch, type Plan, sequenceId, workerId } from '../../src/core/plan.js';
import { onStream } from '../../src/core/ports/network.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedNetwork } from '../../src/simulate/simulatedNetwork.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { DecodeCall } from '../../src/worker/decodeCall.js';
import type { SequenceHost } from '../../src/worker/sequenceHost.js';

interface StageSpec {
  /** Blocks that it has; without it all. */
  readonly has?: number;
  /** The first of them are in memory, the others have to be loaded. */
  readonly inMemory: number;
  readonly loadMsPerBlock: number;
  /** null: nothing measured. */
  readonly recomputeMsPerBlock: number | null;
  /** A worker of a build that decides for itself and hears of no lengths: to so many blocks. */
  readonly olderSettlesFor?: number;
}

interface Seen {
  readonly blocks: number;
  /** What each stage was set up with, in order. */
  readonly setUp: readonly number[][];
  /** With each seek that a worker of an older build got. */
  readonly lengthsSent: readonly number[];
}

const chainBlocks = 1_024;
const chain = Array.from(
  { length: chainBlocks },
  (_, block): BlockKey => blockKeyFromBytes(new Uint8Array(32).fill(block % 251)),
);

/** Opens a sequence of 1,024 known blocks on stages and seeks to its end. */
async function play(specs: readonly StageSpec[]): Promise<Seen> {
  const clock = new SimulatedClock();
  const network = new SimulatedNetwork(clock, new SimulatedRandom(3));
  const setUp: number[][] = specs.map(() => []);
  const lengthsSent: number[] = [];
  let blocks = -1;
  const run = async () => {
    const servers = await Promise.all(
      specs.map((spec, stage) =>
        network.machine(`worker-${stage}`).serve('127.0.0.1:0', [
          onStream(workerEndpoints.decode, async (stream, call) => {
            if (spec.olderSettlesFor === undefined) {
              const host = hostOf(spec, setUp[stage]!, (address) =>
                network.machine(`worker-${stage}`).dial(address).stream(workerEndpoints.decode, {}),
              );
              return new DecodeCall(host, stream, call, 8).run();
            }
            for await (const { open, seek } of stream) {
              const asked = open ? open.blocks.length / 32 : seek!.blocks;
              if (seek) lengthsSent.push(seek.lengths.length);
              await stream.send({ opened: { usableBlocks: Math.min(asked, spec.olderSettlesFor) } });
            }
          }),
        ]),
      ),
    );
    const plan: Plan = {
      sequence: sequenceId('s1'),
      epoch: epoch(1),
      stages: servers.map(({ address }, stage) => ({
        worker: workerId(`w${stage}`),
        address,
        layers: { from: stage, to: stage + 1 },
        shards: [],
      })),
    };
    const request = { plan, namespace: 'n' as NamespaceId, rootKey: chain[0]!, blocks: chain };
    const stream = DecodeStream.open((address) => network.machine('client').dial(address), request);
    blocks = await stream.seek(chainBlocks);
    stream.close();
    await Promise.all(servers.map((server) => server.close(0)));
  };
  await clock.run(run(), 1_000_000);
  return { blocks, setUp, lengthsSent };
}

/** A host of sequences that have what the spec says. */
function hostOf(
  { has = chainBlocks, inMemory, loadMsPerBlock, recomputeMsPerBlock }: StageSpec,
  setUp: number[],
  dialStage: SequenceHost['dialStage'],
): SequenceHost {
  const host: Partial<SequenceHost> = {
    open: async () =>
      ({
        seek: async (to: number) => {
          setUp.push(to);
        },
      }) as Awaited<ReturnType<SequenceHost['open']>>,
    close: async () => {},
    prefix: async (_, blocks) => {
      const usable = Math.min(blocks, has);
      const loadMs = Float64Array.from(
        { length: usable + 1 },
        (_, length) => Math.max(0, length - inMemory) * loadMsPerBlock,
      );
      return { usable, costs: recomputeMsPerBlock === null ? null : { loadMs, recomputeMsPerBlock } };
    },
    exclusively: (change) => change(),
    seek: (sequence, blocks) => sequence.seek(blocks),
    dialStage,
  };
  return host as SequenceHost;
}

const inMemory: StageSpec = { inMemory: chainBlocks, loadMsPerBlock: 0, recomputeMsPerBlock: 20 };
/** Alone it would rather compute the last 256 blocks than load them. */
const cheap: StageSpec = { inMemory: 768, loadMsPerBlock: 2, recomputeMsPerBlock: 1 };

describe('a seek over stages of different rates', () => {
  it('goes on from what all of them together do not compute sooner', async () => {
    expect((await play([cheap])).blocks).toBe(768);
    expect((await play([cheap, inMemory])).blocks).toBe(1_024);
    expect((await play([inMemory, cheap])).blocks).toBe(1_024);
    expect((await play([cheap, cheap])).blocks).toBe(1_024);
    expect((await play([cheap, { ...cheap, loadMsPerBlock: 3 }])).blocks).toBe(768);
  });

  it('sets all stages up with the same', async () => {
    const { setUp, blocks } = await play([
      { ...cheap, inMemory: 701 },
      cheap,
      { ...cheap, loadMsPerBlock: 9 },
    ]);
    expect(blocks).toBe(768);
    expect(setUp.map((ofStage) => ofStage.at(-1))).toEqual([768, 768, 768]);
  });

  it('never goes on from more than each stage has', async () => {
    expect((await play([cheap, { ...inMemory, has: 900 }])).blocks).toBe(900);
    expect((await play([{ ...inMemory, has: 900 }, inMemory, { ...inMemory, has: 899 }])).blocks).toBe(899);
    expect((await play([inMemory, { ...inMemory, has: 0 }])).blocks).toBe(0);
  });

  it('uses what is there while a stage has measured nothing', async () => {
    const unmeasured = { ...cheap, recomputeMsPerBlock: null };
    const slow = { ...cheap, loadMsPerBlock: 50 };
    expect((await play([slow, slow])).blocks).toBe(768);
    expect((await play([unmeasured, slow])).blocks).toBe(1_024);
    expect((await play([slow, unmeasured, slow])).blocks).toBe(1_024);
  });

  it('lets a worker of an older build decide for itself, and weighs the others without it', async () => {
    const { blocks, lengthsSent } = await play([inMemory, { ...cheap, olderSettlesFor: 640 }]);
    expect(blocks).toBe(640);
    expect(Math.max(...lengthsSent)).toBeLessThanOrEqual(64);
    expect((await play([cheap, { ...inMemory, olderSettlesFor: 1_024 }])).blocks).toBe(768);
    expect((await play([cheap, { ...inMemory, olderSettlesFor: 100 }])).blocks).toBe(100);
  });
});
