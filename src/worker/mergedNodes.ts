import { KvError } from '../core/errors.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AttendedQueries, AttendedQueries__Output } from '../rpc/gen/kvtide/v1/AttendedQueries.js';
import { bytesOfFloats, floatsOfBytes } from './stepBytes.js';

type Packed = Required<Pick<AttendedQueries, 'nodes' | 'o' | 'lse'>>;

/** Nodes as they cross the wire: their values behind each other. */
export function packNodes(nodes: readonly MergedNode[]): Packed {
  return {
    nodes: nodes.map(({ level, index }) => ({ level, index })),
    o: joined(nodes.map(({ o }) => o)),
    lse: joined(nodes.map(({ lse }) => lse)),
  };
}

/**
 * @param rows over all KV heads.
 * @throws KvError `internal` when a peer sent other sizes than it was asked for.
 */
export function unpackNodes(message: AttendedQueries__Output, rows: number, headDim: number): MergedNode[] {
  const o = floatsOfBytes(message.o);
  const lse = floatsOfBytes(message.lse);
  const count = message.nodes.length;
  if (lse.length !== count * rows || o.length !== count * rows * headDim) {
    throw new KvError('internal', `${count} nodes of ${rows} rows came with ${lse.length} sums`);
  }
  return message.nodes.map(({ level, index }, at) => ({
    level,
    index,
    o: o.subarray(at * rows * headDim, (at + 1) * rows * headDim),
    lse: lse.subarray(at * rows, (at + 1) * rows),
  }));
}

function joined(parts: readonly Float32Array[]): Uint8Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return bytesOfFloats(all);
}
