import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import type { Geometry } from '../../src/core/geometry.js';
import type { PageView } from '../../src/core/pageView.js';
import { BlockFill } from '../../src/worker/blockFill.js';

const geometry: Geometry = {
  layers: Array.from({ length: 3 }, () => ({ kind: 'full', rope: true })),
  kvHeads: 1,
  headDim: 1,
  dtype: 'f16',
  blockTokens: 16,
  layoutVersion: 1,
};
const range = { from: 1, to: 3 };
const half = 32;
/** Two blocks of two layers. */
const bytes = Uint8Array.from({ length: 2 * 2 * 2 * half }, (_, at) => at);
const tokens = Uint32Array.from({ length: 32 }, (_, at) => at);
const exclusively = <T>(turn: () => Promise<T>) => turn();

/** A sequence that keeps what was sealed; the block at `failsAt` finds no room. */
function fakeSequence(failsAt: number | null = null) {
  const sealed: Uint8Array[] = [];
  const began: { position: number; tokens: number[] }[] = [];
  let open: PageView[] = [];
  return {
    sealed,
    began,
    takeBlock: async (position: number, ids: Uint32Array) => {
      if (position === failsAt) throw new KvError('exhausted', 'no room');
      began.push({ position, tokens: [...ids] });
      open = [1, 2].map(() => ({ k: new Uint8Array(half), v: new Uint8Array(half) }));
      return open;
    },
    seal: async () => {
      for (const { k, v } of open) sealed.push(k, v);
    },
  };
}

async function send(fill: BlockFill, cuts: readonly number[]): Promise<void> {
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    const end = Math.min(bytes.length, at + cut);
    expect(fill.isDone).toBe(at === bytes.length);
    if (end > at) await fill.take(bytes.subarray(at, end));
    at = end;
  }
}

it('puts bytes in their pages however they are cut, and seals block after block', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 8 }), async (cuts) => {
      const sequence = fakeSequence();
      const fill = new BlockFill({ sequence, geometry, range, position: 48, tokens, exclusively });
      await send(fill, cuts);
      expect(fill.isDone).toBe(true);
      expect(fill.error).toBeNull();
      expect(Buffer.concat(sequence.sealed)).toEqual(Buffer.from(bytes));
      expect(sequence.began).toEqual([
        { position: 48, tokens: [...tokens.subarray(0, 16)] },
        { position: 64, tokens: [...tokens.subarray(16)] },
      ]);
    }),
  );
});

it('takes the rest of its bytes after a block that found no room, and keeps why', async () => {
  const sequence = fakeSequence(64);
  const fill = new BlockFill({ sequence, geometry, range, position: 48, tokens, exclusively });
  await send(fill, [100, 100]);
  expect(fill.isDone).toBe(true);
  expect(fill.error?.message).toBe('no room');
  expect(sequence.sealed).toHaveLength(4);
});

it('refuses bytes beyond its pages', async () => {
  const fill = new BlockFill({
    sequence: fakeSequence(),
    geometry,
    range,
    position: 0,
    tokens: tokens.subarray(0, 16),
    exclusively,
  });
  await expect(fill.take(new Uint8Array(2 * 2 * half + 1))).rejects.toThrow(
    '1 bytes came beyond the pages of a fill',
  );
});
