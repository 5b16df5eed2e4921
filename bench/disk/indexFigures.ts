import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KvError } from '../../src/core/errors.js';
import type { BenchContext, BenchRatio, BenchRow } from '../support/bench.js';
import { median } from '../support/median.js';
import type { DiskSizes } from './diskSizes.js';
import { fillIndex } from './fillIndex.js';

const run = promisify(execFile);
const script = fileURLToPath(new URL('openedIndex.ts', import.meta.url));

interface Opened {
  readonly openMs: number;
  readonly memoryBytes: number;
  readonly pages: number;
}

export interface IndexFigures {
  readonly rows: readonly BenchRow[];
  readonly ratios: readonly BenchRatio[];
}

/** How long a worker takes to open its pages, and what it takes on disk and in memory to know them. */
export async function indexFigures(
  folder: string,
  { openPages, indexPages, rounds }: DiskSizes,
  { signal, tell }: BenchContext,
): Promise<IndexFigures> {
  const few = join(folder, 'few');
  await fillIndex(few, openPages, signal);
  const opened: Opened[] = [];
  for (let round = 0; round < rounds; round += 1) opened.push(await open(few, openPages, signal));
  const openSeconds = median(opened.map(({ openMs }) => openMs)) / 1000;
  tell(`opened ${openPages} pages`);
  const many = join(folder, 'many');
  const diskBytes = await fillIndex(many, indexPages, signal);
  tell(`filled an index with ${indexPages} pages`);
  const { memoryBytes, openMs } = await open(many, indexPages, signal);
  const perPage = {
    diskBytesPerPage: diskBytes / indexPages,
    memoryBytesPerPage: memoryBytes / indexPages,
    openSeconds: openMs / 1000,
  };
  return {
    rows: [
      { name: `open ${openPages} pages`, n: rounds, figures: { openSeconds } },
      { name: `index of ${indexPages} pages`, n: 1, figures: perPage },
    ],
    ratios: [
      {
        name: 'open_100k_pages_s',
        value: openSeconds,
        n: rounds,
        baseline: `seconds for ${openPages} pages`,
      },
      {
        name: 'index_disk_bytes_per_page',
        value: perPage.diskBytesPerPage,
        n: 1,
        baseline: `bytes, with ${indexPages} pages`,
      },
      {
        name: 'index_memory_bytes_per_page',
        value: perPage.memoryBytesPerPage,
        n: 1,
        baseline: `bytes, with ${indexPages} pages`,
      },
    ],
  };
}

/** In a process of its own, whose memory holds nothing else. */
async function open(folder: string, pages: number, signal: AbortSignal): Promise<Opened> {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--import', 'tsx', script, folder], {
    signal,
  });
  const opened = JSON.parse(stdout) as Opened;
  if (opened.pages === pages) return opened;
  throw new KvError('internal', `${opened.pages} pages were found of ${pages} that were stored`);
}
