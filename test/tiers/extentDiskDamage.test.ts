import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { DiskTier } from '../../src/tiers/diskTier.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { indexPageBytes } from '../../src/tiers/indexStore.js';
import { pageFormat } from '../../src/tiers/pageHeader.js';
import { readPage, storePage } from '../contract/tierContract.js';
import { storedPage, testNamespace, tinyGeometry } from './tierFixtures.js';

const pages = 160;
const removed = 10;
const kept = pages - removed;
const slotBytes = 4096;
const pageHeaderBytes = 24;
const indexName = 'data.mdb';
const dataName = `slots-${slotBytes}.dat`;

interface Opened {
  readonly kind: string;
  /** Pages that read back. */
  readonly whole: number;
  /** Pages that were counted as damaged. */
  readonly corrupt: number;
}

/**
 * Neither LMDB nor the files have checksums of their own. A flipped bit must be noticed, at opening or when
 * the page is read, or do no harm: what reads back is the page, and writing goes on.
 */
describe('a flipped bit on disk', () => {
  let dir: string;
  let sound: Buffer;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kvtide-damage-'));
    const { tier } = await openTier(join(dir, 'sound'));
    for (let i = 1; i <= pages; i += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, j) => storePage(tier, i + j)));
    }
    for (let i = 1; i <= removed; i += 1) await tier.remove(storedPage(i));
    await tier.close();
    sound = readFileSync(join(dir, 'sound', indexName));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  /** Damages a copy, opens it, and reads every page: none may be wrong, and the store must go on. */
  async function open(damage: (copy: string) => void): Promise<Opened> {
    const copy = mkdtempSync(join(dir, 'damaged-'));
    for (const name of [indexName, dataName]) cpSync(join(dir, 'sound', name), join(copy, name));
    damage(copy);
    const { tier, kind, corrupt: counted } = await openTier(copy);
    let whole = 0;
    let corrupt = counted;
    for (let i = removed + 1; i <= pages; i += 1) {
      const read = await readPage(tier, storedPage(i)); // compares bytes itself where it says that it read them
      if (read.kind === 'read') whole += 1;
      else if (read.kind === 'corrupt') corrupt += 1;
      else expect(read.kind).toBe('miss');
    }
    expect(tier.pages).toBe(whole);
    expect(await storePage(tier, 1)).toEqual({ kind: 'stored' });
    expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'read' });
    await tier.close();
    rmSync(copy, { recursive: true });
    return { kind, whole, corrupt };
  }

  async function tallyIndex(flips: number, offsetOf: (random: SimulatedRandom) => number): Promise<Opened[]> {
    const seen: Opened[] = [];
    for (let seed = 0; seed < flips; seed += 1) {
      const random = new SimulatedRandom(seed);
      const bytes = Buffer.from(sound);
      bytes[offsetOf(random)]! ^= 1 << random.integer(0, 7);
      seen.push(await open((copy) => writeFileSync(join(copy, indexName), bytes)));
    }
    for (const { kind, whole, corrupt } of seen) {
      if (kind === 'ready')
        expect(whole + corrupt).toBe(kept); // nothing vanishes without a word
      else expect(whole).toBe(0);
    }
    return seen;
  }

  it('is not reported where there is none', async () => {
    expect(await open(() => {})).toEqual({ kind: 'ready', whole: kept, corrupt: 0 });
  });

  it('is noticed or harmless in the tree of the index', { timeout: 60_000 }, async () => {
    const tree = treePages(sound);
    expect(tree.length).toBeGreaterThan(5);
    const seen = await tallyIndex(150, (random) => {
      const start = tree[random.integer(0, tree.length - 1)]! * indexPageBytes;
      const filledFrom = pageHeaderBytes + sound.readUInt16LE(start + 22);
      const pointersEnd = pageHeaderBytes + sound.readUInt16LE(start + 20);
      return (
        start +
        (random.chance(0.3) ? random.integer(0, pointersEnd) : random.integer(filledFrom, indexPageBytes - 1))
      );
    });
    expect(seen.some(({ kind }) => kind === 'quarantined')).toBe(true);
    expect(seen.some(({ kind, corrupt }) => kind === 'ready' && corrupt > 0)).toBe(true);
  });

  it('is noticed or harmless in the meta pages of the index', { timeout: 60_000 }, async () => {
    const seen = await tallyIndex(
      100,
      (random) => random.integer(0, 1) * indexPageBytes + random.integer(0, 167),
    );
    expect(seen.some(({ kind }) => kind === 'quarantined')).toBe(true);
  });

  it('is noticed in a payload, and harmless beside it', { timeout: 60_000 }, async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const random = new SimulatedRandom(seed);
      const slot = random.integer(0, pages - 1);
      const at = random.integer(0, 511); // a page fills the first 256 bytes of its slot
      const damage = (copy: string): void => {
        const bytes = readFileSync(join(copy, dataName));
        bytes[slot * slotBytes + at]! ^= 1 << random.integer(0, 7);
        writeFileSync(join(copy, dataName), bytes);
      };
      const { kind, whole, corrupt } = await open(damage);
      expect({ kind, sum: whole + corrupt }).toEqual({ kind: 'ready', sum: kept });
      if (at >= 256) expect(corrupt).toBe(0);
      else expect(corrupt).toBeLessThanOrEqual(1); // the slot of a page that was removed has none
    }
    const everySlot = await open((copy) =>
      writeFileSync(join(copy, dataName), Buffer.alloc(pages * slotBytes, 1)),
    );
    expect(everySlot).toEqual({ kind: 'ready', whole: 0, corrupt: kept });
  });

  it('is noticed when a file was cut short', async () => {
    for (const left of [sound.length - 3 * indexPageBytes, 100]) {
      const cut = await open((copy) => truncateSync(join(copy, indexName), left));
      expect(cut).toMatchObject({ kind: 'quarantined', whole: 0 });
    }
    const half = await open((copy) => truncateSync(join(copy, dataName), (pages / 2) * slotBytes));
    expect(half.whole + half.corrupt).toBe(kept);
    expect(half.corrupt).toBeGreaterThan(kept / 3);
  });

  async function openTier(at: string): Promise<{ tier: DiskTier; kind: string; corrupt: number }> {
    const tier = new DiskTier({
      disk: new ExtentDisk(at),
      budgetBytes: 2 ** 30,
      format: pageFormat(testNamespace, tinyGeometry),
      ownsLayer: () => true,
      becameReadOnly: (reason) => expect.unreachable(reason),
    });
    const { opened, found, corrupt } = await tier.open();
    for (const { blockIndex } of found) tier.adopt(storedPage(blockIndex));
    return { tier, kind: opened.kind, corrupt };
  }
});

/** Pages whose header says that they hold a part of a tree, of this snapshot or an older one. */
function treePages(file: Buffer): number[] {
  const pages_: number[] = [];
  for (let page = 2; page < file.length / indexPageBytes; page += 1) {
    const start = page * indexPageBytes;
    const kind = file.readUInt16LE(start + 18) & 0x7f;
    if (file.readBigUInt64LE(start) === BigInt(page) && (kind === 1 || kind === 2)) pages_.push(page);
  }
  return pages_;
}
