import { describe, expect, it } from 'vitest';
import type { MergedNode } from '../../src/device/mergeTree.js';
import { packNodes, unpackNodes } from '../../src/worker/mergedNodes.js';

function nodesOf(count: number, rows: number, headDim: number): MergedNode[] {
  return Array.from({ length: count }, (_, index) => ({
    level: index % 3,
    index,
    o: Float32Array.from({ length: rows * headDim }, (_, at) => index + at / 7),
    lse: Float32Array.from({ length: rows }, (_, at) => (at === 1 ? Number.NEGATIVE_INFINITY : index - at)),
  }));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);
const asRead = (part: ReturnType<typeof packNodes> extends Generator<infer T> ? T : never) =>
  ({
    ...part,
    o: Buffer.from(part.o as Uint8Array),
    lse: Buffer.from(part.lse as Uint8Array),
  }) as never;

describe('nodes on the wire', () => {
  it.each([
    { count: 0, rows: 2, messages: 1 },
    { count: 3, rows: 2, messages: 1 },
    { count: 5, rows: 512, messages: 2 },
    { count: 3, rows: 4096, messages: 3 },
  ])('$count nodes of $rows rows of 2 KiB come back from $messages messages', ({ count, rows, messages }) => {
    const nodes = nodesOf(count, rows, 512);
    const parts = [...packNodes(nodes)];
    expect(parts).toHaveLength(messages);
    expect(parts.map(({ more }) => more)).toEqual(parts.map((_, at) => at < parts.length - 1));
    const back = parts.flatMap((part) => unpackNodes(asRead(part), rows, 512));
    expect(back.map(({ level, index }) => ({ level, index }))).toEqual(
      nodes.map(({ level, index }) => ({ level, index })),
    );
    // As bytes: comparing element by element takes minutes.
    const same = (a: Float32Array, b: Float32Array) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
    expect(back.every(({ o, lse }, at) => same(o, nodes[at]!.o) && same(lse, nodes[at]!.lse))).toBe(true);
  });

  it('refuses sizes that do not belong to the question', () => {
    const [part] = packNodes(nodesOf(2, 2, 4));
    expect(() => unpackNodes(asRead(part!), 3, 4)).toThrow(/2 nodes of 3 rows came with 4 sums/);
  });
});
