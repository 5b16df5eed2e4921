import { expect, it } from 'vitest';
import { SimulatedCluster } from '../../src/simulate/simulatedCluster.js';
import { smallGeometry } from '../../src/simulate/smallGeometry.js';

const geometry = smallGeometry([
  { kind: 'full', rope: true },
  { kind: 'full', rope: true },
]);

const pages = { device: 4, pinned: 8, disk: 100 };
const coordinator = 'coordinator';
const worker = 'worker-0';

async function isReady(cluster: SimulatedCluster): Promise<boolean> {
  const client = await cluster.connect();
  const { workers } = await client.describe();
  await client.close();
  return workers.every(({ state }) => state === 'ready');
}

it('a worker that waits for the others joins again when the coordinator restarts', async () => {
  const cluster = new SimulatedCluster({ seed: 1, geometry, stages: 2, pages });
  const work = async () => {
    await cluster.startCoordinator();
    const first = cluster.startWorker(0);
    await cluster.clock.sleep(500);
    cluster.killCoordinator();
    await cluster.clock.sleep(500);
    await cluster.startCoordinator();
    await Promise.all([first, cluster.startWorker(1)]);
    expect(await isReady(cluster)).toBe(true);
    await cluster.stop();
  };
  await cluster.clock.run(work());
});

it('a worker that is taken for lost while its stream is open joins again', async () => {
  const cluster = new SimulatedCluster({
    seed: 1,
    geometry,
    stages: 1,
    pages,
    coordinator: { leaseMs: 600 },
  });
  const work = async () => {
    await cluster.start();
    // Beats arrive too seldom, and nothing breaks.
    cluster.network.wire.setNoise({ lostShare: 0, repeatedShare: 0, lateShare: 1, lateMsMax: 4_000 });
    while (await isReady(cluster)) await cluster.clock.sleep(50);
    cluster.network.wire.mendAll();
    await cluster.clock.sleep(10_000);
    expect(await isReady(cluster)).toBe(true);
    await cluster.stop();
  };
  await cluster.clock.run(work());
});

it('a worker that has registered again and could not say that it is ready says it later', async () => {
  let registrations = 0;
  const cluster: SimulatedCluster = new SimulatedCluster({
    seed: 1,
    geometry,
    stages: 1,
    pages,
    onAnswer: (path) => {
      if (!path.endsWith('/Register')) return;
      registrations += 1;
      // The second one is answered, and then the way is cut.
      if (registrations === 2)
        cluster.clock.setTimer(1.1, () => cluster.network.partition(coordinator, worker));
    },
  });
  const work = async () => {
    await cluster.start();
    cluster.killCoordinator();
    await cluster.startCoordinator();
    while (registrations < 2) await cluster.clock.sleep(10);
    await cluster.clock.sleep(2_000);
    cluster.network.heal(coordinator, worker);
    await cluster.clock.sleep(10_000);
    expect(await isReady(cluster)).toBe(true);
    await cluster.stop();
  };
  await cluster.clock.run(work());
});
