import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../src/observe/systemClock.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { openTierStack } from '../../src/tiers/openTierStack.js';
import { benchNamespace, smallGeometry } from './diskSizes.js';

// A process that opens the tiers of a worker on a folder and says how long it took and what they hold.

const [folder = ''] = process.argv.slice(2);
const settleMs = 50;

async function usedBytes(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.();
    await wait(settleMs);
  }
  const { heapUsed, external } = process.memoryUsage(); // external counts array buffers, too
  return heapUsed + external;
}

const beforeBytes = await usedBytes();
const startMs = performance.now();
const stack = await openTierStack({
  geometry: smallGeometry,
  layers: { from: 0, to: 1 },
  namespace: benchNamespace,
  clock: systemClock,
  device: null,
  pinned: null,
  disk: { disk: new ExtentDisk(folder), budgetBytes: Number.MAX_SAFE_INTEGER },
  residency: 'fixed',
  retention: 'lru',
  verify: 'boundary',
});
const openMs = performance.now() - startMs;
const memoryBytes = (await usedBytes()) - beforeBytes;
const pages = stack.stats().find(({ tier }) => tier === 'disk')?.pages ?? 0;
await stack.close();
process.stdout.write(`${JSON.stringify({ openMs, memoryBytes, pages })}\n`);
