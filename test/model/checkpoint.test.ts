import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { DigestFile } from '../../src/model/digestFile.js';
import { decodeFloats } from '../../src/model/floatDecoding.js';
import { digestTensors } from '../../src/model/tensorDigests.js';
import { encodeFloats, writeCheckpoint } from '../support/writeCheckpoint.js';

const cache = mkdtempSync(join(tmpdir(), 'kvtide-digests-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

describe('float decoding', () => {
  it.each(['F32', 'F16', 'BF16'] as const)('%s gives back what it can hold', (dtype) => {
    const values = Float32Array.of(0, 1, -1, 0.5, -1.75, 1024, 2 ** -14, -0.0078125);
    const bytes = encodeFloats(values, dtype);
    const read = new Float32Array(values.length);
    decodeFloats(dtype, bytes, read);
    expect([...read]).toEqual([...values]);
  });

  it('reads the special values of F16', () => {
    const read = new Float32Array(5);
    const halves = Uint16Array.of(0x7c00, 0xfc00, 0x7e00, 0x0001, 0x83ff);
    decodeFloats('F16', new Uint8Array(halves.buffer), read);
    expect([...read]).toEqual([Infinity, -Infinity, Number.NaN, 2 ** -24, -1023 * 2 ** -24]);
  });

  it('reads from an odd offset', () => {
    const bytes = Buffer.concat([Buffer.alloc(1), encodeFloats(Float32Array.of(3, -2), 'BF16')]).subarray(1);
    const read = new Float32Array(2);
    decodeFloats('BF16', bytes, read);
    expect([...read]).toEqual([3, -2]);
  });
});

describe('tensor files', () => {
  it('reads the same tensors from one file and from shards', () => {
    const whole = Checkpoint.open(writeCheckpoint());
    const shards = Checkpoint.open(writeCheckpoint({ shards: 3 }));
    const layers = { from: 0, to: 2 };
    expect(digestTensors(shards, layers)).toEqual(digestTensors(whole, layers));
    whole.close();
    shards.close();
  });

  it('digests the bytes of only the tensors that a stage reads', () => {
    const checkpoint = Checkpoint.open(writeCheckpoint({ dtype: 'BF16' }));
    const first = digestTensors(checkpoint, { from: 0, to: 1 });
    const last = digestTensors(checkpoint, { from: 1, to: 2 });
    expect(first.map(({ name }) => name)).toContain('model.embed_tokens.weight');
    expect(first.some(({ name }) => name.startsWith('model.layers.1') || name === 'lm_head.weight')).toBe(
      false,
    );
    expect(last.some(({ name }) => name.startsWith('model.layers.0'))).toBe(false);
    expect(last.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['model.norm.weight', 'lm_head.weight']),
    );
    const name = 'model.norm.weight';
    const sha256 = createHash('sha256').update(checkpoint.readStored(name).bytes).digest('hex');
    expect(last).toContainEqual({ name, dtype: 'BF16', shape: [64], sha256 });
    checkpoint.close();
  });

  it('a tied model reads its embedding in the last stage', () => {
    const checkpoint = Checkpoint.open(writeCheckpoint({ config: { tie_word_embeddings: true } }));
    const names = digestTensors(checkpoint, { from: 1, to: 2 }).map(({ name }) => name);
    expect(names).toContain('model.embed_tokens.weight');
    expect(names).not.toContain('lm_head.weight');
    checkpoint.close();
  });
});

describe('digest file', () => {
  const path = join(cache, 'digests.json');
  const layers = { from: 0, to: 2 };

  it('remembers digests until a file changes, and treats a broken file as empty', () => {
    const folder = writeCheckpoint();
    const checkpoint = Checkpoint.open(folder);
    const memory = new DigestFile(path);
    const digests = digestTensors(checkpoint, layers, memory);
    memory.save();
    const again = new DigestFile(path);
    const name = digests[0]?.name ?? '';
    const stamp = checkpoint.files.fileStamp(name);
    expect(again.get(stamp, name)).toBe(digests[0]?.sha256);
    utimesSync(join(folder, 'model.safetensors'), 1, 1);
    expect(again.get(checkpoint.files.fileStamp(name), name)).toBeUndefined();
    writeFileSync(path, '{"half');
    expect(new DigestFile(path).get(stamp, name)).toBeUndefined();
    checkpoint.close();
  });
});
