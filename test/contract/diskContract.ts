import { afterEach, describe, expect, it } from 'vitest';
import type { Disk, DiskMeta, DiskPublish } from '../../src/core/ports/disk.js';

/** A disk under test, and how to open its medium again as after a restart of the process. */
export interface DiskUnderTest {
  readonly disk: Disk;
  reopen(): Disk;
  /** Removes what the test left. */
  dispose(): void;
}

/** What every disk must do. `make` gives one with an empty medium, not yet opened. */
export function diskContract(name: string, make: () => DiskUnderTest): void {
  describe(`${name} as a disk`, () => {
    const made: { under: DiskUnderTest; open: Set<Disk> }[] = [];
    const opened = async (): Promise<{ disk: Disk; reopen: () => Promise<Disk> }> => {
      const under = make();
      const open = new Set([under.disk]);
      made.push({ under, open });
      expect(await under.disk.open()).toEqual({ kind: 'ready', records: 0, corrupt: 0 });
      const reopen = async (): Promise<Disk> => {
        const again = under.reopen();
        open.add(again);
        return again;
      };
      return { disk: under.disk, reopen };
    };
    afterEach(async () => {
      for (const { under, open } of made.splice(0)) {
        for (const disk of open) await disk.close();
        under.dispose();
      }
    });

    it.each([0, 1, 2048, 9000, 131_072])('gives back a record of %i bytes', async (bytes) => {
      const { disk } = await opened();
      const payload = pattern(bytes, 1);
      expect(await put(disk, key(1), [payload], 'meta')).toEqual({ kind: 'published' });
      expect(await readWhole(disk, key(1), bytes)).toEqual({ meta: 'meta', payload });
      expect([...disk.scan()].map((record) => record.bytes)).toEqual([bytes]);
    });

    it('joins parts as they were written, and splits them as they are read', async () => {
      const { disk } = await opened();
      const payload = pattern(1000, 2);
      const apart = [payload.slice(0, 300), payload.slice(300, 301), payload.slice(301)];
      await put(disk, key(1), apart, 'apart');
      await put(disk, key(2), [payload.subarray(0, 10), payload.subarray(10)], 'side by side');
      for (const k of [key(1), key(2)]) {
        const into = [new Uint8Array(999), new Uint8Array(1)];
        expect(await disk.read(k, into)).toMatchObject({ kind: 'hit' });
        expect(Buffer.concat(into)).toEqual(Buffer.from(payload));
      }
    });

    it('has a record only once it is published, and never after an abort', async () => {
      const { disk } = await opened();
      const write = disk.begin(key(1), 4);
      write.write(Uint8Array.of(1, 2, 3, 4));
      expect(await disk.read(key(1), [new Uint8Array(4)])).toEqual({ kind: 'miss' });
      write.abort();
      await disk.flush();
      expect(await disk.read(key(1), [new Uint8Array(4)])).toEqual({ kind: 'miss' });
      expect([...disk.scan()]).toEqual([]);
    });

    it('refuses to publish a payload of another length than was begun', async () => {
      const { disk } = await opened();
      const write = disk.begin(key(1), 4);
      write.write(Uint8Array.of(1, 2, 3));
      expect(await write.publish(metaOf('m'))).toMatchObject({ kind: 'failed' });
      expect(await disk.read(key(1), [new Uint8Array(4)])).toEqual({ kind: 'miss' });
    });

    it('tells a miss from a record of another length', async () => {
      const { disk } = await opened();
      await put(disk, key(1), [pattern(100, 1)], 'm');
      expect(await disk.read(key(2), [new Uint8Array(100)])).toEqual({ kind: 'miss' });
      expect(await disk.read(key(1), [new Uint8Array(99)])).toMatchObject({ kind: 'failed' });
      expect(await disk.read(key(1), [new Uint8Array(101)])).toMatchObject({ kind: 'failed' });
    });

    it('replaces a record of the same key whole', async () => {
      const { disk } = await opened();
      await put(disk, key(1), [pattern(50_000, 1)], 'old');
      await put(disk, key(1), [pattern(70, 2)], 'new');
      expect(await readWhole(disk, key(1), 70)).toEqual({ meta: 'new', payload: pattern(70, 2) });
      expect([...disk.scan()]).toHaveLength(1);
    });

    it('removes what is there and ignores what is not', async () => {
      const { disk } = await opened();
      await put(disk, key(1), [pattern(10, 1)], 'a');
      await put(disk, key(2), [pattern(10, 2)], 'b');
      expect(await disk.remove([key(1), key(9)])).toEqual({ kind: 'removed' });
      expect(await disk.read(key(1), [new Uint8Array(10)])).toEqual({ kind: 'miss' });
      expect([...disk.scan()].map(({ meta }) => text(meta))).toEqual(['b']);
    });

    it('keeps the order in which changes of one key were made', async () => {
      const { disk } = await opened();
      const first = put(disk, key(1), [pattern(10, 1)], 'first');
      const removal = disk.remove([key(1)]);
      const second = put(disk, key(1), [pattern(10, 2), pattern(5, 3)], 'second');
      await Promise.all([first, removal, second]);
      expect([...disk.scan()].map(({ meta }) => text(meta))).toEqual(['second']);
    });

    it('takes many records at once and scans them in the order of their keys', async () => {
      const { disk } = await opened();
      const order = Array.from({ length: 200 }, (_, i) => (i * 77) % 200);
      const outcomes = await Promise.all(
        order.map((i) => put(disk, key(i), [pattern(1 + i * 50, i)], `m${i}`)),
      );
      expect(outcomes.every(({ kind }) => kind === 'published')).toBe(true);
      const records = [...disk.scan()];
      expect(records.map(({ meta }) => text(meta))).toEqual(Array.from({ length: 200 }, (_, i) => `m${i}`));
      expect(records.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 200 }, (_, i) => 1 + i * 50));
      expect(records.map((record) => Buffer.from(record.key))).toEqual(order.map((_, i) => key(i)));
    });

    it('keeps what records share for each of them, however many there are', async () => {
      const { disk, reopen } = await opened();
      const shared = ['x'.repeat(1024), '', 'y'];
      const publish = (i: number) => {
        const write = disk.begin(key(i), 10);
        write.write(pattern(10, i));
        return write.publish({ shared: Buffer.from(shared[i % 3]!), own: Buffer.from(`${i}`) });
      };
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => publish(i)));
      expect(outcomes.every(({ kind }) => kind === 'published')).toBe(true);
      await disk.remove([key(0), key(3)]);
      await disk.flush();
      await disk.close();
      const again = await reopen();
      await again.open();
      const records = [...again.scan()];
      expect(records).toHaveLength(28);
      for (const { meta } of records) {
        const i = Number(Buffer.from(meta.own).toString());
        expect(Buffer.from(meta.shared).toString()).toBe(shared[i % 3]);
      }
    });

    it('may be scanned in part, while it is changed', async () => {
      const { disk } = await opened();
      for (const i of [1, 2, 3]) await put(disk, key(i), [pattern(10, i)], `m${i}`);
      for (const record of disk.scan()) {
        expect(text(record.meta)).toBe('m1');
        break;
      }
      await disk.remove([key(2)]);
      expect([...disk.scan()].map(({ meta }) => text(meta))).toEqual(['m1', 'm3']);
    });

    it('still has everything after it was closed and opened again', async () => {
      const { disk, reopen } = await opened();
      await put(disk, key(1), [pattern(50_000, 1)], 'a');
      await put(disk, key(2), [pattern(70, 2)], 'b');
      await disk.remove([key(1)]);
      await disk.flush();
      await disk.close();
      const again = await reopen();
      expect(await again.open()).toEqual({ kind: 'ready', records: 1, corrupt: 0 });
      expect(await readWhole(again, key(2), 70)).toEqual({ meta: 'b', payload: pattern(70, 2) });
    });

    it('flushes when there is nothing to flush', async () => {
      const { disk } = await opened();
      await disk.flush();
      await disk.flush();
    });

    it('takes at least the payload of room for a record', async () => {
      const { disk } = await opened();
      for (const bytes of [0, 1, 2048, 8192, 131_072, 2 ** 20]) {
        expect(disk.footprintBytes(bytes)).toBeGreaterThan(bytes);
        expect(disk.footprintBytes(bytes)).toBeLessThan(2 * bytes + 32 * 1024);
      }
    });
  });
}

export function key(number: number): Buffer {
  const bytes = Buffer.alloc(34, 0xa5);
  bytes.writeUInt32BE(number, 0);
  return bytes;
}

/** Bytes that differ from seed to seed. */
export function pattern(bytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + seed * 7 + (i >> 8)) & 0xff);
}

export function put(
  disk: Disk,
  k: Uint8Array,
  parts: readonly Uint8Array[],
  meta: string,
): Promise<DiskPublish> {
  const write = disk.begin(
    k,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  for (const part of parts) write.write(part);
  return write.publish(metaOf(meta));
}

async function readWhole(disk: Disk, k: Uint8Array, bytes: number): Promise<unknown> {
  const payload = new Uint8Array(bytes);
  const answer = await disk.read(k, [payload]);
  return answer.kind === 'hit' ? { meta: text(answer.meta), payload } : answer;
}

/** Records share the first letter of their text. */
export function metaOf(meta: string): DiskMeta {
  return { shared: Buffer.from(meta.slice(0, 1)), own: Buffer.from(meta.slice(1)) };
}

const text = ({ shared, own }: DiskMeta): string => Buffer.concat([shared, own]).toString();
