import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { KvError } from '../../src/core/errors.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import type { BenchContext, BenchRow } from '../support/bench.js';
import { type Ack, durableBlocks } from './ackLog.js';
import { ImageChecker } from './imageChecker.js';
import type { Recording } from './recording.js';
import { recordLoad } from './recordLoad.js';

export interface PowerLossSizes {
  /** Stores and removals that are recorded. */
  readonly operations: number;
  /** Moments at which the power goes away. */
  readonly images: number;
}

/** What was found over all images. */
export interface PowerLossFindings {
  images: number;
  right: number;
  wrong: number;
  lost: number;
  corrupt: number;
  /** Images whose store could not be opened as it was, or that ended the process. */
  unclean: number;
}

/**
 * Records a load on the disk tier, takes the power away at seeded moments, and opens what may be left then.
 * @param deadlineMs on the clock of `performance.now()`; images that come later are not looked at.
 */
export async function powerLoss(
  seed: number,
  sizes: PowerLossSizes,
  deadlineMs: number,
  context: BenchContext,
): Promise<{ readonly found: PowerLossFindings; readonly canary: PowerLossFindings }> {
  const root = await mkdtemp(join(tmpdir(), 'kvtide-power-'));
  const checker = new ImageChecker();
  try {
    const load = await recordLoad(root, seed, sizes.operations, context);
    context.tell(`power loss: ${load.recording.cuts.length} writes and flushes recorded, seed ${seed}`);
    const look = (recording: Recording, images: number) =>
      lookAtImages({ root, checker, recording, acks: load.acks, images, seed, deadlineMs, context });
    // A medium that only says that it flushed payloads has to be found out, or the search finds nothing at all.
    const isPayload = (path: string): boolean => !path.endsWith('.mdb');
    const canary = await look(load.recording.withoutFlushes(isPayload), canaryImages);
    return { found: await look(load.recording, sizes.images), canary };
  } finally {
    checker.close();
    await rm(root, { recursive: true, force: true });
  }
}

interface Search {
  readonly root: string;
  readonly checker: ImageChecker;
  readonly recording: Recording;
  readonly acks: readonly Ack[];
  readonly images: number;
  readonly seed: number;
  readonly deadlineMs: number;
  readonly context: BenchContext;
}

async function lookAtImages(search: Search): Promise<PowerLossFindings> {
  const { root, checker, recording, acks, images, deadlineMs, context } = search;
  const findings: PowerLossFindings = { images: 0, right: 0, wrong: 0, lost: 0, corrupt: 0, unclean: 0 };
  const random = new SeededRandom(search.seed);
  const draw = () => random.fraction();
  for (let image = 0; image < images && performance.now() < deadlineMs; image += 1) {
    if (context.signal.aborted) throw KvError.from(context.signal.reason, 'cancelled');
    const cut = recording.cuts[Math.floor(draw() * recording.cuts.length)] ?? 0;
    const folder = join(root, 'image');
    await mkdir(folder);
    for (const [path, bytes] of recording.filesAfterPowerLoss(cut, draw, new Map())) {
      await writeFile(join(folder, basename(path)), bytes);
    }
    const durable = [...durableBlocks(acks, cut)];
    const answer = await checker.check({ folder, blocks: recordedBlocks, durable });
    await rm(folder, { recursive: true });
    findings.images += 1;
    if ('ended' in answer) {
      findings.unclean += 1;
      continue;
    }
    for (const name of ['right', 'wrong', 'lost', 'corrupt'] as const) findings[name] += answer[name];
    if (answer.quarantined) findings.unclean += 1;
  }
  return findings;
}

const canaryImages = 20;

/** Blocks that the recorded process stores and removes. */
const recordedBlocks = 160;

export function powerLossRow(name: string, findings: PowerLossFindings): BenchRow {
  const { images, ...figures } = findings;
  return { name, n: images, figures };
}
