import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { key, metaOf, pattern, put } from '../contract/diskContract.js';

const sizes = [0, 100, 4096, 4097, 20_000];
const keys = 12;

const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      key: fc.nat(keys - 1),
      bytes: fc.constantFrom(...sizes),
      seed: fc.nat(250),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), key: fc.nat(keys - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), key: fc.nat(keys - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

interface Expected {
  readonly bytes: number;
  readonly seed: number;
}

async function check(disk: ExtentDisk, number: number, expected: Expected | undefined): Promise<void> {
  const into = new Uint8Array(expected?.bytes ?? 0);
  const read = await disk.read(key(number), [into]);
  if (expected === undefined) {
    expect(read).toEqual({ kind: 'miss' });
    return;
  }
  if (read.kind !== 'hit') throw new Error(read.kind);
  expect(normal(read.meta)).toEqual(normal(metaOf(`m${expected.seed}`)));
  expect(Buffer.compare(into, pattern(expected.bytes, expected.seed))).toBe(0);
}

const normal = ({ shared, own }: { shared: Uint8Array; own: Uint8Array }) => ({
  shared: Uint8Array.from(shared),
  own: Uint8Array.from(own),
});

it('holds what was put last under each key, for any changes, many at once, over restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 120, size: 'max' }), async (acts) => {
      const dir = mkdtempSync(join(tmpdir(), 'kvtide-extent-'));
      const model = new Map<number, Expected>();
      let underWay: Promise<unknown>[] = [];
      let disk = new ExtentDisk(dir);
      await disk.open();
      const settle = async () => {
        await Promise.all(underWay);
        underWay = [];
      };
      for (const next of acts) {
        if (next.kind === 'put') {
          const { bytes, seed } = next;
          const publishing = put(disk, key(next.key), [pattern(bytes, seed)], `m${seed}`);
          underWay.push(publishing.then((end) => expect(end).toEqual({ kind: 'published' })));
          model.set(next.key, { bytes, seed });
        } else if (next.kind === 'remove') {
          underWay.push(disk.remove([key(next.key)]));
          model.delete(next.key);
        } else if (next.kind === 'read') {
          await settle();
          await check(disk, next.key, model.get(next.key));
        } else {
          await settle();
          if (next.kind === 'settle') continue;
          await disk.close();
          disk = new ExtentDisk(dir);
          expect(await disk.open()).toEqual({ kind: 'ready', records: model.size, corrupt: 0 });
        }
      }
      await settle();
      for (let number = 0; number < keys; number += 1) await check(disk, number, model.get(number));
      expect([...disk.scan()]).toHaveLength(model.size);
      await disk.close();
      rmSync(dir, { recursive: true });
    }),
    { numRuns: 30 },
  );
});
