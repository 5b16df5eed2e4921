import { openSync, writeSync } from 'node:fs';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import { ackLine } from './ackLog.js';
import { crashView } from './crashPages.js';
import { crashPage, crashTier } from './crashTier.js';

// Stores, removes and flushes pages under a recorder: recordedLoad.ts FOLDER ACK_FILE SEED OPERATIONS

const [folder = '', ackFile = '', seed = '0', operations = '0'] = process.argv.slice(2);
const blocks = 160;
const underWayMax = 6;
const random = new SeededRandom(Number(seed));
const below = (bound: number): number => Math.floor(random.fraction() * bound);

const tier = crashTier(folder);
await tier.open();
const acks = openSync(ackFile, 'a');
const say = (word: Parameters<typeof ackLine>[0], number: number) => writeSync(acks, ackLine(word, number));
const busy = new Set<number>();
let flushes = 0;

async function change(index: number): Promise<void> {
  const page = crashPage(index);
  if (tier.has(page)) {
    say('removing', index);
    await tier.remove(page);
    return;
  }
  const start = tier.prepareStore(page);
  if (start.kind !== 'ready') throw new Error(`block ${index} cannot be stored: ${start.kind}`);
  start.lease.write(crashView(index));
  const { kind } = await tier.completeStore(start.lease, true);
  if (kind !== 'stored') throw new Error(`block ${index} was not stored: ${kind}`);
  say('stored', index);
}

async function flush(): Promise<void> {
  flushes += 1;
  const number = flushes;
  say('flushing', number);
  await tier.flush();
  say('flushed', number);
}

const underWay = new Set<Promise<void>>();
for (let done = 0; done < Number(operations); done += 1) {
  const index = below(blocks);
  if (busy.has(index)) continue;
  busy.add(index);
  const work = change(index).finally(() => {
    busy.delete(index);
    underWay.delete(work);
  });
  underWay.add(work);
  if (random.fraction() < 0.1) await flush();
  if (underWay.size >= underWayMax) await Promise.race(underWay);
}
await Promise.all(underWay);
await flush();
await tier.close();
