import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { KvError } from '../core/errors.js';
import { Campaign } from './campaign.js';
import { canaryOf, catches } from './canaries.js';
import { runSeed } from './runSeed.js';
import { runSeeds } from './runSeeds.js';

const usage =
  'npm run simulate -- [--seeds N] [--from SEED] [--events N] [--canary NAME] [--jobs N] [--trace]';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    events: { type: 'string', default: '1000' },
    canary: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const seeds = whole('seeds', 1);
  const from = whole('from', 0);
  const eventsMin = whole('events', 1);
  const jobs = whole('jobs', 1);
  const name = values.canary ?? null;
  const canary = name === null ? null : canaryOf(name);
  if (values.trace) {
    const heard = (line: string): void => console.log(line);
    const report = await runSeed({ seed: from, eventsMin, planted: canary?.planted ?? {}, heard });
    return (canary === null ? report.broken === 0 : catches(canary, report)) ? 0 : 1;
  }
  const campaign = new Campaign();
  let isCaught = false;
  await runSeeds({
    from,
    seeds,
    eventsMin,
    canary: name,
    jobs,
    heard: (report) => {
      campaign.add(report);
      for (const violation of report.violations) console.log(`seed ${report.seed}: ${violation}`);
      if (report.broken > 0 && canary === null)
        console.log(`again: npm run simulate -- --from ${report.seed} --events ${eventsMin} --trace`);
      isCaught ||= canary !== null && catches(canary, report);
      return !isCaught;
    },
  });
  const report = campaign.report();
  if (canary !== null) console.log(`${name} was ${isCaught ? '' : 'NOT '}caught`);
  console.log(JSON.stringify(report));
  return (canary === null ? report.violations === 0 : isCaught) ? 0 : 1;
}

/** @throws KvError `invalid` for what is no whole number. */
function whole(name: 'seeds' | 'from' | 'events' | 'jobs', least: number): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new KvError('invalid', `--${name} is "${values[name]}"; give a whole number from ${least} on`);
}

try {
  process.exitCode = await main();
} catch (thrown) {
  console.error(`${KvError.from(thrown).message}\n${usage}`);
  process.exitCode = 2;
}
