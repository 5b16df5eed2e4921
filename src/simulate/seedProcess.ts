import { canaryOf } from './canaries.js';
import { runSeed } from './runSeed.js';
import type { SeedJob } from './runSeeds.js';

process.on('message', ({ seed, eventsMin, canary }: SeedJob) => {
  const planted = canary === null ? {} : canaryOf(canary).planted;
  void runSeed({ seed, eventsMin, planted }).then((report) => process.send?.(report));
});
