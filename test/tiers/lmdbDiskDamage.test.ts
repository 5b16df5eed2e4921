import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { LmdbDisk } from '../../src/tiers/lmdbDisk.js';
import { lmdbPageBytes } from '../../src/tiers/lmdbStore.js';
import { key, pattern, put } from '../contract/diskContract.js';

const records = 120;
const removed = 10;
const payloadBytes = 9000; // past half a page: payloads lie outside the tree pages
const pageHeaderBytes = 24;
const payloads = Array.from({ length: records }, (_, n) => pattern(payloadBytes, n));

/**
 * LMDB has no checksums. A flipped bit in its own pages must be noticed when the store is opened, or do no
 * harm: every record reads back, and writing goes on.
 */
describe('a flipped bit in the pages of LMDB', () => {
  let dir: string;
  let sound: Buffer;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kvtide-damage-'));
    const disk = new LmdbDisk(join(dir, 'sound'));
    await disk.open();
    for (let i = 0; i < records; i += 20) {
      const batch = Array.from({ length: 20 }, (_, j) => i + j);
      await Promise.all(batch.map((n) => put(disk, key(n * 37), [payloads[n]!], `m${n}`)));
    }
    await disk.remove(Array.from({ length: removed }, (_, n) => key(n * 37)));
    await disk.flush();
    await disk.close();
    sound = readFileSync(join(dir, 'sound', 'data.mdb'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  async function open(bytes: Buffer): Promise<'harmless' | 'noticed'> {
    const damaged = mkdtempSync(join(dir, 'damaged-'));
    writeFileSync(join(damaged, 'data.mdb'), bytes);
    const disk = new LmdbDisk(damaged);
    const outcome = await disk.open();
    if (outcome.kind === 'ready') {
      expect(outcome.records).toBe(records - removed);
      for (let n = removed; n < records; n += 1) {
        const payload = new Uint8Array(payloadBytes);
        expect((await disk.read(key(n * 37), [payload])).kind).toBe('hit');
        expect(Buffer.compare(payload, payloads[n]!)).toBe(0);
      }
    }
    const before = [...disk.scan()].length;
    expect(before).toBe(outcome.kind === 'ready' ? records - removed : 0);
    expect(await put(disk, key(1), [pattern(20_000, 1)], 'new')).toEqual({ kind: 'published' });
    expect([...disk.scan()]).toHaveLength(before + 1);
    await disk.close();
    rmSync(damaged, { recursive: true });
    return outcome.kind === 'ready' ? 'harmless' : 'noticed';
  }

  async function tally(flips: number, offsetOf: (random: SimulatedRandom) => number): Promise<Set<string>> {
    const seen = new Set<string>();
    for (let seed = 0; seed < flips; seed += 1) {
      const random = new SimulatedRandom(seed);
      const bytes = Buffer.from(sound);
      bytes[offsetOf(random)]! ^= 1 << random.integer(0, 7);
      seen.add(await open(bytes));
    }
    return seen;
  }

  it('is not reported where there is none', async () => {
    expect(await open(sound)).toBe('harmless');
  });

  it('is noticed or harmless in tree pages', { timeout: 60_000 }, async () => {
    const pages = treePages(sound);
    expect(pages.length).toBeGreaterThan(5);
    const outcomes = await tally(100, (random) => {
      const start = pages[random.integer(0, pages.length - 1)]! * lmdbPageBytes;
      const filledFrom = pageHeaderBytes + sound.readUInt16LE(start + 22);
      const pointersEnd = pageHeaderBytes + sound.readUInt16LE(start + 20);
      return (
        start +
        (random.chance(0.3) ? random.integer(0, pointersEnd) : random.integer(filledFrom, lmdbPageBytes - 1))
      );
    });
    expect(outcomes).toContain('noticed');
  });

  it('is noticed or harmless in meta pages', { timeout: 60_000 }, async () => {
    const outcomes = await tally(
      100,
      (random) => random.integer(0, 1) * lmdbPageBytes + random.integer(0, 167),
    );
    expect(outcomes).toContain('noticed');
  });

  it('is noticed when the file was cut short', async () => {
    expect(await open(sound.subarray(0, sound.length - 3 * lmdbPageBytes))).toBe('noticed');
    expect(await open(sound.subarray(0, 100))).toBe('noticed');
  });
});

/** Pages whose header says that they hold a part of a tree, of this snapshot or an older one. */
function treePages(file: Buffer): number[] {
  const pages: number[] = [];
  for (let page = 2; page < file.length / lmdbPageBytes; page += 1) {
    const start = page * lmdbPageBytes;
    const kind = file.readUInt16LE(start + 18) & 0x7f;
    if (file.readBigUInt64LE(start) === BigInt(page) && (kind === 1 || kind === 2)) pages.push(page);
  }
  return pages;
}
