import { describe, expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from '../../src/core/byteSize.js';
import { KvError } from '../../src/core/errors.js';
import { checkBlockTokens, pageBytes, slotBytes } from '../../src/core/geometry.js';
import { splitLayers } from '../../src/core/layerRange.js';

describe('byte sizes', () => {
  it('are read in binary and decimal units', () => {
    expect(parseByteSize('6MiB')).toBe(6 * 1024 * 1024);
    expect(parseByteSize(' 1.5 kb ')).toBe(1500);
    expect(parseByteSize('4096')).toBe(4096);
    expect(formatByteSize(6 * 1024 * 1024)).toBe('6 MiB');
    expect(formatByteSize(1000)).toBe('1000 B');
  });

  it.each(['', '-1', '6 apples', '1e3', 'MiB', '99999999TiB'])('refuse %j by name', (text) => {
    expect(() => parseByteSize(text)).toThrow(KvError);
    expect(() => parseByteSize(text)).toThrow(`"${text}"`);
  });
});

describe('layer ranges', () => {
  it('cover all layers and differ by at most one', () => {
    expect(splitLayers(6, 2)).toEqual([
      { from: 0, to: 3 },
      { from: 3, to: 6 },
    ]);
    expect(splitLayers(4, 3)).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 3 },
      { from: 3, to: 4 },
    ]);
    expect(() => splitLayers(2, 3)).toThrow('3 stages cannot share 2 layers');
  });
});

describe('geometry', () => {
  const geometry = {
    layers: [],
    kvHeads: 2,
    headDim: 32,
    dtype: 'f32',
    blockTokens: 256,
    layoutVersion: 1,
  } as const;

  it('gives a page of tiny-dts 128 KiB', () => {
    expect(pageBytes(geometry)).toBe(128 * 1024);
  });

  it('rounds slots up to 4 KiB', () => {
    expect(slotBytes({ ...geometry, kvHeads: 1, headDim: 16, blockTokens: 16 })).toBe(4096);
  });

  it.each([0, 8, 100, 2048, 16.5])('refuses blocks of %d tokens', (blockTokens) => {
    expect(() => checkBlockTokens(blockTokens)).toThrow('is not supported');
  });
});

describe('KvError.from', () => {
  it('keeps a KvError, names an abort, and carries the cause of anything else', () => {
    const error = new KvError('stale', 'old plan', { context: { epoch: 3 } });
    expect(KvError.from(error)).toBe(error);
    expect(KvError.from(new DOMException('gone', 'AbortError')).kind).toBe('cancelled');
    const cause = new TypeError('x is not a function');
    expect(KvError.from(cause)).toMatchObject({ kind: 'internal', cause });
  });
});
