import { KvError } from '../core/errors.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { AttendedQueries, AttendedQueries__Output } from '../rpc/gen/kvtide/v1/AttendedQueries.js';
import { bytesOfFloats, floatsOfBytes } from './stepBytes.js';

type Packed = Required<Pick<AttendedQueries, 'nodes' | 'o' | 'lse' | 'more'>>;

/** Of one message, unless a single node has more: the nodes of a prefill's chunk can have many times as much. */
const messageBytesMax = 4 * 2 ** 20;

/** Nodes as they cross the wire, in at least one message: their values behind each other. */
export function* packNodes(nodes: readonly MergedNode[]): Generator<Packed> {
  const nodeBytes = (nodes[0]?.o.byteLength ?? 0) + (nodes[0]?.lse.byteLength ?? 0);
  const most = Math.max(1, Math.floor(messageBytesMax / Math.max(1, nodeBytes)));
  for (let at = 0; at === 0 || at < nodes.length; at += most) {
    const some = nodes.slice(at, at + most);
    yield {
      nodes: some.map(({ level, index }) => ({ level, index })),
      o: joined(some.map(({ o }) => o)),
      lse: joined(some.map(({ lse }) => lse)),
      more: at + most < nodes.length,
    };
  }
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
