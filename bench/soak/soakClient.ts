import { setTimeout as pause } from 'node:timers/promises';
import { type GetResult, KvClient } from '../../src/client/kvClient.js';
import { KvError } from '../../src/core/errors.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import { addSoak, noSoak, type SoakReport, soakTask } from './soakMessages.js';
import { fillSoakPage, isSoakPage, newSoakView, soakBlocks, soakGeometry, soakPageId } from './soakPages.js';

// A client in a process of its own: puts, gets and borrows pages until it is told to end, or killed.

const underWay = 4;
const reportMs = 200;
const holdMsMax = 50;
const refusedPauseMs = 20;
const pages = soakBlocks * soakGeometry.layers.length;

const { address, lane, seed } = soakTask.parse(JSON.parse(process.argv[2] ?? ''));
const random = new SeededRandom(seed);
const client = await KvClient.connect(address, { lanes: [lane], name: `soak ${process.pid}` });
let report = noSoak;
let isEnding = false;
process.on('message', () => {
  isEnding = true;
});
process.on('disconnect', () => process.exit(0)); // the bench is gone
process.on('SIGINT', () => {}); // the bench tells us to end

function count(seen: Partial<SoakReport>): void {
  report = addSoak(report, { ...noSoak, ...seen });
}

function tell(): void {
  process.send?.(report);
  report = noSoak;
}

async function put(page: number, view: ReturnType<typeof newSoakView>): Promise<void> {
  fillSoakPage(page, view);
  for await (const { kind } of client.blocks.put([{ ...soakPageId(page), blockIndex: 0, ...view }])) {
    if (kind === 'stored' || kind === 'present') count({ puts: 1 });
    else if (kind === 'corrupt') count({ wrong: 1 });
    else await refused();
  }
}

async function get(page: number, view: ReturnType<typeof newSoakView>): Promise<void> {
  for await (const result of client.blocks.get([soakPageId(page)], { into: () => view })) {
    if (result.kind === 'hit') count({ gets: 1, wrong: isSoakPage(page, view) ? 0 : 1 });
    else await noHit(result);
  }
}

async function lend(page: number): Promise<void> {
  for await (const result of client.blocks.get([soakPageId(page)], { lend: true })) {
    if (result.kind !== 'hit') await noHit(result);
    else if (result.form === 'copied') count({ gets: 1, wrong: isSoakPage(page, result) ? 0 : 1 });
    else {
      const { lent } = result;
      if ((random.next() & 7) === 0) await pause(random.next() % holdMsMax);
      const read = lent.read((view) => isSoakPage(page, view));
      if (read.kind === 'expired') count({ expired: 1 });
      else count({ lends: 1, wrong: read.value ? 0 : 1 });
      lent.release();
    }
  }
}

async function noHit(result: Exclude<GetResult, { kind: 'hit' }>): Promise<void> {
  if (result.kind === 'miss') count({ misses: 1 });
  else if (result.kind === 'corrupt') count({ wrong: 1 });
  else await refused();
}

async function refused(): Promise<void> {
  count({ refused: 1 });
  await pause(refusedPauseMs);
}

async function work(): Promise<void> {
  const view = newSoakView();
  while (!isEnding) {
    const page = random.next() % pages;
    const what = random.next() % 8;
    if (what < 3) await put(page, view);
    else if (what < 6) await get(page, view);
    else await lend(page);
  }
}

await put(random.next() % pages, newSoakView());
const kinds = (await client.lanes()).map(({ kind }) => kind);
if (kinds.join() !== lane)
  throw new KvError('internal', `pages go over "${kinds.join()}" instead of ${lane}`);
tell(); // it is at work
const telling = setInterval(tell, reportMs);
await Promise.all(Array.from({ length: underWay }, work));
clearInterval(telling);
tell();
await client.close();
process.disconnect?.();
