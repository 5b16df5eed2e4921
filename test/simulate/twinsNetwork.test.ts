import { describe, expect, it } from 'vitest';
import { onRequest, onStream } from '../../src/core/ports/network.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedNetwork } from '../../src/simulate/simulatedNetwork.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { networkContract } from '../contract/networkContract.js';

networkContract('SimulatedNetwork', () => {
  const clock = new SimulatedClock();
  const network = new SimulatedNetwork(clock, new SimulatedRandom(1));
  return {
    server: network.machine('server'),
    client: network.machine('client'),
    run: (work) => clock.run(work),
  };
});

const { lookup } = coordinatorEndpoints;

describe('SimulatedNetwork', () => {
  async function world(
    seed: number,
  ): Promise<{ clock: SimulatedClock; network: SimulatedNetwork; address: string }> {
    const clock = new SimulatedClock();
    const network = new SimulatedNetwork(clock, new SimulatedRandom(seed), { delayMsMax: 20 });
    const { address } = await network.machine('b').serve('b:0', [
      onRequest(lookup, async () => ({ cachedBlocks: 1 })),
      onStream(workerEndpoints.decode, async (stream) => {
        for await (const { step } of stream) await stream.send({ result: { number: step!.number } });
      }),
    ]);
    return { clock, network, address };
  }

  it('takes the same simulated time for the same seed, and another for another', async () => {
    const elapsedMs = async (seed: number): Promise<number> => {
      const { clock, network, address } = await world(seed);
      const peer = network.machine('a').dial(address);
      await clock.run(Promise.all([1, 2, 3].map(() => peer.request(lookup, {}))));
      return clock.monotonicMs();
    };
    const first = await elapsedMs(7);
    expect(first).toBeGreaterThan(0);
    expect(await elapsedMs(7)).toBe(first);
    expect(await elapsedMs(8)).not.toBe(first);
  });

  it('breaks what runs between two machines when the wire is cut, until it is mended', async () => {
    const { clock, network, address } = await world(1);
    const peer = network.machine('a').dial(address);
    const other = network.machine('c').dial(address);
    const stream = peer.stream(workerEndpoints.decode);
    const answers = stream[Symbol.asyncIterator]();
    await stream.send({ step: { number: 1 } });
    expect(await clock.run(answers.next())).toMatchObject({ value: { result: { number: 1 } } });
    network.partition('b', 'a');
    await expect(clock.run(answers.next())).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(clock.run(peer.request(lookup, {}))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await clock.run(other.request(lookup, {}))).toMatchObject({ cachedBlocks: 1 });
    network.heal('a', 'b');
    expect(await clock.run(peer.request(lookup, {}))).toMatchObject({ cachedBlocks: 1 });
  });

  it('ends the servers and calls of a machine that is killed', async () => {
    const { clock, network, address } = await world(1);
    const answer = network.machine('a').dial(address).request(lookup, {});
    network.kill('b');
    await expect(clock.run(answer)).rejects.toMatchObject({ kind: 'unavailable', message: 'b is gone' });
    await network.machine('b').serve(address, [onRequest(lookup, async () => ({ cachedBlocks: 2 }))]);
    const again = network.machine('a').dial(address).request(lookup, {});
    expect(await clock.run(again)).toMatchObject({ cachedBlocks: 2 });
  });

  it('leaves no timer behind when its calls are over', async () => {
    const { clock, network, address } = await world(1);
    const peer = network.machine('a').dial(address);
    await clock.run(peer.request(lookup, {}, { timeoutMs: 3_600_000 }));
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });
});
