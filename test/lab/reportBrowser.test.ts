import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseSimResults } from '../../src/lab/parseSimResults.js';
import { reportPage } from '../../src/lab/reportPage.js';
import { reportScript } from '../../src/lab/reportScript.js';
import { runCli } from '../cli/runCli.js';
import { openChromium } from './openChromium.js';
import { evilPolicy, sampleOfTiers, sampleResults } from './sampleResults.js';

const phone = { viewport: { width: 360, height: 740 } };

describe('a report in a browser', () => {
  let folder: string;
  let browser: Browser;
  /** What the page of the test complained about or asked for. */
  let noise: string[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-report-'));
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(noise).toEqual([]);
  });

  const open = async (results = sampleOfTiers(), options: BrowserContextOptions = {}): Promise<Page> => {
    const path = join(folder, 'report.html');
    writeFileSync(path, reportPage(results, reportScript()));
    const { href } = pathToFileURL(path);
    const page = await (await browser.newContext({ offline: true, ...options })).newPage();
    noise = [];
    page.on('console', (message) => noise.push(message.text()));
    page.on('pageerror', (error) => noise.push(error.message));
    page.on('request', (request) => request.url() !== href && noise.push(request.url()));
    await page.goto(href);
    return page;
  };
  const plot = (page: Page, name: string) => page.locator(`figure[data-plot="${name}"] svg`);
  const wordsIn = (page: Page, name: string) => plot(page, name).locator('text').allTextContents();
  const column = (page: Page, at: number) =>
    page.locator(`#runs tbody tr > :nth-child(${at})`).allTextContents();
  const head = (page: Page, title: string) => page.locator('#runs thead th', { hasText: title });

  it('draws every plot, offline, without a request or a complaint', async () => {
    const page = await open();
    expect(await page.locator('figure').count()).toBe(8);
    expect(await page.locator('figure svg').count()).toBe(8);
    expect(await wordsIn(page, 'prefixHitRate')).toEqual(
      expect.arrayContaining(['100', '1k', '10k', '20 %', 'lru', 'sieve', 'strict-prefix optimum']),
    );
    expect(await wordsIn(page, 'timeToFirstToken')).toEqual(
      expect.arrayContaining(['median', 'p90', 'p99', 'lru']),
    );
    expect(await wordsIn(page, 'traffic')).toEqual(
      expect.arrayContaining(['pinned', 'disk', 'time (minutes)']),
    );
    // Of lru at 10,000: .67 of 4 and 9 GB read, twice and half of that written.
    expect(await wordsIn(page, 'readBytes')).toEqual(expect.arrayContaining(['pinned', 'disk', '8.11 GiB']));
    expect(await wordsIn(page, 'writtenBytes')).toEqual(
      expect.arrayContaining(['pinned', 'disk', '7.8 GiB']),
    );
    expect(await wordsIn(page, 'readBytes')).not.toContain('device');
  });

  it('draws the traffic of a replay in tiers as the simulator printed it', async () => {
    const tiers = ['--tiers', 'device=16MiB,pinned=64MiB,disk=256MiB'];
    const words = ['sim', '--synthetic', 'chat:requests=200', '--policy', 'lru,fifo', '--warmup', '0.25'];
    const { stdout } = await runCli([
      ...words,
      ...tiers,
      '--geometry',
      'models/tiny-dts/config.json',
      '--json',
    ]);
    const results = parseSimResults(stdout, 'stdout');
    const page = await open(results);
    expect(await page.title()).toBe('Replay of chat:requests=200 – kvtide sim');
    expect(await wordsIn(page, 'traffic')).toEqual(
      expect.arrayContaining(['pinned', 'disk', 'time (minutes)']),
    );
    // An area for each tier below the first.
    expect(await plot(page, 'traffic').locator('path[fill-opacity="0.55"]').count()).toBe(2);
    await page.locator('select[data-choice="policy"]').selectOption('fifo');
    expect(await plot(page, 'traffic').locator('path[fill-opacity="0.55"]').count()).toBe(2);
  });

  it('draws the optimum dashed, in the colour of the text, also where only regret tells it', async () => {
    const { trace, runs } = sampleResults();
    for (const shown of [runs, runs.filter(({ policy }) => policy === 'lru')]) {
      const page = await open({ trace, runs: shown });
      const dashed = plot(page, 'prefixHitRate').locator('path[stroke-dasharray][stroke="#1a1d23"]');
      expect(await dashed.count()).toBe(1);
    }
  });

  it('shows names as text, whatever they hold', async () => {
    const page = await open();
    const { length: images } = await page.locator('img').all();
    expect({ images, title: await page.title() }).toEqual({
      images: 0,
      title: 'Replay of a trace – kvtide sim',
    });
    const shown = evilPolicy.slice(evilPolicy.lastIndexOf('/') + 1);
    expect(await page.locator('#legend button').allTextContents()).toContain(shown);
    expect(await column(page, 1)).toContain(shown);
    await plot(page, 'prefixHitRate').hover({ position: { x: 300, y: 150 } });
    expect(await page.locator('.tip').first().locator('td').allTextContents()).toContain(shown);
  });

  it('would refuse a request, should one ever be tried', async () => {
    const page = await open();
    const answer = await page.evaluate(() => fetch('data:text/plain,x').then(String, () => 'refused'));
    expect(answer).toBe('refused');
    expect(noise.splice(0).join()).toContain('Content Security Policy');
  });

  it('sorts its table by a click and by a key, and says how it is sorted', async () => {
    const page = await open(sampleResults());
    const ascending = [...sampleResults().runs]
      .map(({ prefixHitRate }) => prefixHitRate ?? 0)
      .sort((a, b) => a - b);
    const texts = ascending.map((rate) => `${(rate * 100).toFixed(2)} %`);
    const rates = head(page, 'prefix hit rate');
    expect(await rates.getAttribute('aria-sort')).toBe('none');
    await rates.locator('button').click();
    expect(await rates.getAttribute('aria-sort')).toBe('descending');
    expect(await column(page, 3)).toEqual(texts.toReversed());
    await page.keyboard.press('Enter');
    expect(await rates.getAttribute('aria-sort')).toBe('ascending');
    expect(await column(page, 3)).toEqual(texts);
    await head(page, 'policy').locator('button').focus();
    await page.keyboard.press('Space');
    expect(await page.locator('#runs [aria-sort="ascending"]').allTextContents()).toEqual(['policy']);
    const names = await page
      .locator('#runs tbody th')
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title') ?? ''));
    expect(names).toEqual([...names].sort((left, right) => left.localeCompare(right)));
  });

  it('hides a policy by its button in the legend, and shows it again', async () => {
    const page = await open();
    const button = page.locator('#legend button', { hasText: 'sieve' });
    await button.click();
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(await wordsIn(page, 'prefixHitRate')).not.toContain('sieve');
    expect(await wordsIn(page, 'stall')).not.toContain('sieve');
    await button.click();
    expect(await wordsIn(page, 'prefixHitRate')).toContain('sieve');
  });

  it('shows tiers at the capacity that is chosen', async () => {
    const page = await open();
    // The sample's lru misses .67 at 10,000 and .95 at 100 blocks, and stalls 60 s times that.
    expect(await wordsIn(page, 'stall')).toContain('40 s');
    await page.locator('select[data-choice="capacity"]').selectOption('100 blocks');
    expect(await wordsIn(page, 'stall')).toContain('57 s');
  });

  it('is light or dark as the reader has it, and changes with that', async () => {
    const page = await open(sampleOfTiers(), { colorScheme: 'dark' });
    const colors = async () => [
      await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'),
      await page.locator('#legend path').first().getAttribute('stroke'),
      await plot(page, 'prefixHitRate').locator('path[stroke-dasharray]').first().getAttribute('stroke'),
    ];
    expect(await colors()).toEqual(['rgb(20, 23, 28)', '#4ba3e3', '#e8ebf0']);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(colors).toEqual(['rgb(255, 255, 255)', '#0072b2', '#1a1d23']);
  });

  it('fits a phone: what is too wide scrolls in its own box', async () => {
    const page = await open(sampleOfTiers(), phone);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
    for (const svg of await page.locator('figure svg').all()) {
      const box = await svg.boundingBox();
      expect((box?.x ?? Number.NaN) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
    }
    const room = (what: string) => page.evaluate<number>(`document.querySelector('.scroll').${what}`);
    expect(await room('scrollWidth')).toBeGreaterThan(await room('clientWidth'));
  });

  it('draws bars where there is one capacity, the line to measure by hollow and dashed', async () => {
    const { trace, runs } = sampleResults();
    const page = await open({ trace, runs: runs.filter(({ capacity }) => capacity === 1000) });
    expect(await wordsIn(page, 'prefixHitRate')).toEqual(
      expect.arrayContaining(['37.00 %', '21.00 %', '20.00 %']),
    );
    expect(
      await plot(page, 'prefixHitRate')
        .locator('path[stroke-dasharray][fill="none"], path[stroke-dasharray][fill="transparent"]')
        .count(),
    ).toBe(1);
  });
});
