import { cpSync, existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { flipLeafPages, flipMetaPage, flipPayload, flipRecord } from '../support/damageDisk.js';
import { longCase, scratchPath, writeTokens } from '../support/goldenCases.js';
import { runGenerate, runToEnd } from '../support/runGenerate.js';
import { Kvtide } from './runKvtide.js';

/** Four full layers, so that every page is read again; payloads of 16 KiB. */
const model = 'test/fixtures/golden/qwen3';
const blockTokens = 32;
const slotBytes = 16 * 1024;
const prompt = longCase(model).promptTokens;
const wholeBlocks = Math.floor(prompt.length / blockTokens) * blockTokens;

let request: string[];
let cluster: string[];
let sound: string;
let first: GenerateReport;

beforeAll(async () => {
  sound = scratchPath('sound');
  request = ['--model', model, '--tokens-file', writeTokens(prompt), '--max-tokens', '8'];
  cluster = ['--block-tokens', `${blockTokens}`, '--device-bytes', '256KiB', '--pinned-bytes', '64KiB'];
  first = (await runGenerate([...request, ...cluster, '--data-dir', sound])).report;
});

const pagesOf = (dataDir: string, worker: number): string => join(dataDir, `worker-${worker}`, 'pages');
const indexFile = (dataDir: string, worker = 0): string => join(pagesOf(dataDir, worker), 'data.mdb');
const dataFile = (dataDir: string, worker: number): string =>
  join(pagesOf(dataDir, worker), `slots-${slotBytes}.dat`);

/** A copy of the sound data folder with damage. */
function damaged(damage: (dataDir: string) => void): string {
  const dataDir = scratchPath('damaged');
  cpSync(sound, dataDir, { recursive: true });
  damage(dataDir);
  return dataDir;
}

const generateOn = (dataDir: string) => runGenerate([...request, ...cluster, '--data-dir', dataDir]);

describe('a flipped bit in a page record', () => {
  it.each([
    ['the first payload', 0, 0],
    ['a payload, at its end', 17, 16 * 1024 - 1],
    ['a payload, where K ends and V begins', 29, 8 * 1024],
  ])('in %s is counted as corrupt and recomputed', async (_, record, into) => {
    const dataDir = damaged((folder) => flipPayload(dataFile(folder, 1), slotBytes, record, into));
    const up = new Kvtide(['up', '--model', model, ...cluster, '--data-dir', dataDir, '--json']);
    try {
      await up.says('"ready":"up"');
      const { address } = JSON.parse(up.stdout);
      const { report, stderr } = await runGenerate([...request, '--cluster', address]);
      expect(report.cachedTokens).toBe(wholeBlocks);
      expect(report.steps).toEqual(first.steps);
      expect(stderr).toMatch(
        /worker \S+ \(layers 2 to 3\): the page of block \d+ in layer [23] was found corrupt/,
      );
      const status = JSON.parse((await runToEnd(['status', '--cluster', address, '--json'])).stdout);
      const corrupt = status.workers.map(({ tiers }: { tiers: { tier: string; corrupt: number }[] }) =>
        tiers.map((tier) => tier.corrupt),
      );
      expect(corrupt).toEqual([
        [0, 0, 0],
        [0, 0, 1],
      ]);
    } finally {
      up.process.kill('SIGTERM');
      await up.finished();
      up.dispose();
    }
    const mended = await generateOn(dataDir);
    expect(mended.report.steps).toEqual(first.steps);
    expect(mended.stderr).not.toContain('corrupt');
  });

  it('is found in many records of both workers', async () => {
    const dataDir = damaged((folder) => {
      for (const n of [1, 2, 3, 20, 33]) flipPayload(dataFile(folder, n % 2), slotBytes, n, 100 * n);
    });
    const { report, stderr } = await generateOn(dataDir);
    expect(report.steps).toEqual(first.steps);
    // Records of one block may be found together.
    expect(stderr.match(/is corrupt and was removed/g)?.length).toBeGreaterThan(2);
    expect(stderr).toContain('layers 0 to 1');
    expect(stderr).toContain('layers 2 to 3');
  });

  it.each([
    ['slot', 34 + 3],
    ['block index', 34 + 10],
    ['checksum', 34 + 29],
  ])('is found in the %s of a record in the index', async (_, into) => {
    const dataDir = damaged((folder) => flipRecord(indexFile(folder), 6, into));
    const { report, stderr } = await generateOn(dataDir);
    expect(report.steps).toEqual(first.steps);
    expect(report.cachedTokens).toBe(6 * blockTokens);
    expect(stderr).toContain('corrupt');
    expect(stderr).not.toContain('quarantine');
  });
});

describe('damage to the index', () => {
  it.each<[string, (file: string) => void]>([
    ['a flipped bit in leaf pages', (file) => flipLeafPages(file, 20)],
    ['a flipped bit in a meta page', (file) => flipMetaPage(file, 1, 25)],
    ['a file cut short', (file) => truncateSync(file, 20_000)],
    ['a file of garbage', (file) => writeFileSync(file, Buffer.alloc(300_000, 'no tree at all'))],
  ])('%s puts it into quarantine, and the tier starts empty', async (_, damage) => {
    const dataDir = damaged((folder) => damage(indexFile(folder)));
    const { report, stderr } = await generateOn(dataDir);
    const quarantine = join(pagesOf(dataDir, 0), 'quarantine', '1');
    expect(report.cachedTokens).toBe(0);
    expect(report.steps).toEqual(first.steps);
    expect(existsSync(join(quarantine, 'data.mdb'))).toBe(true);
    expect(stderr.split('\n').filter((line) => line.includes(quarantine))).toHaveLength(1);
    expect(existsSync(join(pagesOf(dataDir, 1), 'quarantine'))).toBe(false);
  });

  it('in the state of the coordinator loses no page', async () => {
    const dataDir = damaged((folder) => {
      const state = join(folder, 'coordinator', 'state', 'state', 'data.mdb');
      writeFileSync(state, Buffer.alloc(40_000, 'no tree at all'));
    });
    const { report, stderr } = await generateOn(dataDir);
    expect(report.cachedTokens).toBe(wholeBlocks);
    expect(report.steps).toEqual(first.steps);
    expect(stderr).toContain('quarantine');
  });

  it.each<[string, (file: string) => void]>([
    ['empty', (file) => truncateSync(file, 0)],
    ['missing', (file) => rmSync(file)],
  ])('that is %s makes a store without pages, and one line says so', async (what, damage) => {
    const dataDir = damaged((folder) => damage(indexFile(folder)));
    const { report, stderr } = await generateOn(dataDir);
    expect(report.cachedTokens).toBe(0);
    expect(report.steps).toEqual(first.steps);
    expect(stderr.split('\n').filter((line) => line.includes(`its index is ${what}`))).toHaveLength(1);
    expect((await generateOn(dataDir)).report.cachedTokens).toBe(wholeBlocks);
  });
});

describe('damage to data files', () => {
  it.each<[string, (file: string) => void]>([
    ['cut short', (file) => truncateSync(file, 5 * slotBytes)],
    ['missing', (file) => rmSync(file)],
  ])('that are %s loses pages, and one line says how many', async (_, damage) => {
    const dataDir = damaged((folder) => damage(dataFile(folder, 1)));
    const { report, stderr } = await generateOn(dataDir);
    expect(report.cachedTokens).toBeLessThan(wholeBlocks);
    expect(report.steps).toEqual(first.steps);
    expect(stderr.split('\n').filter((line) => line.includes('records on disk are corrupt'))).toHaveLength(1);
    expect((await generateOn(dataDir)).report.cachedTokens).toBe(wholeBlocks);
  });
});
