import { KvError } from '../core/errors.js';
import { type KeyOp, type KeyRecord, maxTxnBytes } from '../rpc/etcd/etcdKv.js';
import { decodeRecord, encodeRecord } from './stateRecord.js';
import { bytesOfOp, type StateStep } from './stateSteps.js';

/** A step as it is written down: the bytes of values as base64. */
type WrittenOp =
  | { readonly put: string; readonly value: string }
  | { readonly delete: string }
  | { readonly from: string; readonly to: string };

/** Base64 takes four bytes for three; what is larger goes into a record of its own. */
const recordBytes = Math.floor((maxTxnBytes * 2) / 3);

/**
 * Makes what is too much for one transaction all or none: first it is written down in parts, then a mark is set,
 * and from then on it counts as made. Whoever comes to lead finishes what has its mark, and forgets the rest.
 */
export class RedoLog {
  constructor(
    /** Of its keys; ends with a slash. */
    readonly prefix: string,
    private readonly commit: (ops: readonly KeyOp[]) => Promise<void>,
  ) {}

  async make(steps: readonly StateStep[]): Promise<void> {
    const parts = steps.flatMap(partsOf);
    for (const [at, part] of parts.entries()) {
      await this.commit([{ kind: 'put', key: this.partKey(at), value: encodeRecord(part) }]);
    }
    await this.commit([{ kind: 'put', key: this.markKey, value: encodeRecord({ parts: parts.length }) }]);
    await this.finish(steps);
  }

  /** @param found all keys under the prefix. */
  async recover(found: readonly KeyRecord[]): Promise<void> {
    if (found.length === 0) return;
    const isMarked = found.some(({ key }) => key === this.markKey);
    const parts = found.filter(({ key }) => key !== this.markKey);
    if (isMarked) await this.finish(parts.map(({ value }) => readPart(value).map(opOf)));
    else await this.forget();
  }

  private async finish(steps: readonly StateStep[]): Promise<void> {
    for (const step of steps) await this.commit(step);
    await this.forget();
  }

  /** The mark and all parts in one transaction: a mark without its parts would say that all is done. */
  private async forget(): Promise<void> {
    await this.commit([{ kind: 'deleteRange', from: this.prefix, to: `${this.prefix}~` }]);
  }

  private get markKey(): string {
    return `${this.prefix}mark`;
  }

  private partKey(at: number): string {
    return `${this.prefix}${String(at).padStart(8, '0')}`;
  }
}

/** A step in records that etcd takes. */
function partsOf(step: StateStep): WrittenOp[][] {
  const parts: WrittenOp[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const op of step) {
    const own = bytesOfOp(op);
    if (bytes + own > recordBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(writtenOp(op));
    bytes += own;
  }
  return parts;
}

function writtenOp(op: KeyOp): WrittenOp {
  switch (op.kind) {
    case 'put':
      return { put: op.key, value: Buffer.from(op.value).toString('base64') };
    case 'delete':
      return { delete: op.key };
    case 'deleteRange':
      return { from: op.from, to: op.to };
  }
}

/** What has the right checksum was written by `make`; a part that is corrupt leaves nothing to go by. */
function readPart(value: Uint8Array): WrittenOp[] {
  const read = decodeRecord(value);
  if (read.kind === 'corrupt') throw new KvError('corrupt', 'a part of a write in etcd is corrupt');
  return read.value as WrittenOp[];
}

function opOf(op: WrittenOp): KeyOp {
  if ('put' in op) return { kind: 'put', key: op.put, value: Buffer.from(op.value, 'base64') };
  if ('delete' in op) return { kind: 'delete', key: op.delete };
  return { kind: 'deleteRange', from: op.from, to: op.to };
}
