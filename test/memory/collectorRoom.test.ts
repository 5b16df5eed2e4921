import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { collectorGrowthPercent } from '../../src/memory/collectorRoom.js';
import { plainModules } from '../support/plainModules.js';

const mebibyte = 2 ** 20;
const [roomModule, clockModule] = plainModules('memory/collectorRoom', 'observe/systemClock');

/** Tells the full collections of a process with a small heap that makes much garbage. */
const program = `
  import { PerformanceObserver, constants } from 'node:perf_hooks';
  import { setTimeout as sleep } from 'node:timers/promises';
  const { holdCollectorRoom } = await import(${JSON.stringify(roomModule)});
  const { systemClock } = await import(${JSON.stringify(clockModule)});
  globalThis.live = Array.from({ length: 300_000 }, (_, number) => ({ number, list: [number] }));
  const letGo = holdCollectorRoom(${256 * mebibyte}, systemClock);
  if (process.argv[1] !== 'held') letGo();
  let collections = 0;
  new PerformanceObserver((list) => {
    collections += list.getEntries().filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
  }).observe({ entryTypes: ['gc'] });
  globalThis.gc();
  const kept = new Array(64);
  for (let count = 0; count < 12_288; count += 1) {
    kept[count % kept.length] = new Array(32_768).fill(count);
    if (count % 16 === 0) await sleep(0);
  }
  await sleep(50);
  console.log(collections);
`;

function collectionsWhen(how: 'held' | 'let go'): number {
  const args = ['--expose-gc', '--input-type=module', '--eval', program, how];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

it('makes full collections of a small heap rarer, until it is let go', () => {
  const chosenByV8 = collectionsWhen('let go');
  expect(chosenByV8).toBeGreaterThan(10);
  expect(collectionsWhen('held')).toBeLessThan(0.75 * chosenByV8);
});

it('gives room beside what lives, and nothing where V8 gives as much by itself', () => {
  expect(collectorGrowthPercent(256 * mebibyte, 64 * mebibyte)).toBe(400);
  expect(collectorGrowthPercent(256 * mebibyte, 128 * mebibyte)).toBe(0);
  expect(collectorGrowthPercent(256 * mebibyte, mebibyte)).toBe(3_000);
  expect(collectorGrowthPercent(0, mebibyte)).toBe(0);
});
