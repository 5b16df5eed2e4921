import { killLoop, killRow } from './crash/killLoop.js';
import { powerLoss, powerLossRow } from './crash/powerLoss.js';
import type { Bench, BenchRatio } from './support/bench.js';
import { benchSeed } from './support/benchSeed.js';

const sizes = {
  full: { kills: 200, operations: 1200, images: 400 },
  short: { kills: 3, operations: 200, images: 20 },
} as const;

/** Share of the time that the search for legal images after a power loss may take. */
const powerLossShare = 0.25;

/** A worker killed under load, and power losses replayed from a recording: nothing wrong, nothing lost. */
export const crash: Bench = async (context) => {
  const size = context.short ? sizes.short : sizes.full;
  const seed = benchSeed();
  context.tell(`seed ${seed}`);
  const now = performance.now();
  const powerDeadlineMs = now + powerLossShare * (context.deadlineMs - now);
  const power = await powerLoss(seed, size, powerDeadlineMs, context);
  const kills = await killLoop(seed, size.kills, context.deadlineMs, context);
  const failures: string[] = [];
  const ratios: BenchRatio[] = [];
  const none = (name: string, value: number, n: number, baseline: string): void => {
    ratios.push({ name, value, n, baseline });
    if (value > 0) failures.push(`${name} is ${value}, with seed ${seed}`);
  };
  const killed = 'kill -9 of a worker under load';
  none('crash_wrong_pages', kills.wrong, kills.kills, killed);
  none('crash_lost_pages', kills.lost, kills.kills, killed);
  none('crash_unclean_restarts', kills.unclean, kills.kills, killed);
  const replayed = 'legal images of a recorded load';
  none('power_loss_wrong_pages', power.found.wrong, power.found.images, replayed);
  none('power_loss_lost_pages', power.found.lost, power.found.images, replayed);
  none('power_loss_unclean_starts', power.found.unclean, power.found.images, replayed);
  if (power.canary.lost + power.canary.unclean === 0) {
    failures.push('a medium that does not flush payloads was not found out: the search for images is blind');
  }
  if (power.found.images === 0)
    failures.push('there was no time to look at a power loss: give more --minutes');
  if (kills.kills < size.kills) failures.push(`${kills.kills} of ${size.kills} kills: give more --minutes`);
  return {
    rows: [
      killRow(kills),
      powerLossRow('power loss', power.found),
      powerLossRow('power loss on a medium that does not flush payloads', power.canary),
      { name: 'seed', n: 1, figures: { seed } },
    ],
    ratios,
    missing: [],
    failures,
  };
};
