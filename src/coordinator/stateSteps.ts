import { type KeyOp, maxTxnBytes, maxTxnOps } from '../rpc/etcd/etcdKv.js';
import type { StateChange } from './durableState.js';
import { encodeRecord, growthPrefix, recordKey } from './stateRecord.js';

/** Blocks in one record: about 550 KB of JSON. A longer chain goes on in records of growth. */
const blocksPerRecord = 8_192;

/** What may be one transaction: no key twice, and within etcd's bounds. */
export type StateStep = readonly KeyOp[];

/**
 * The changes as operations on keys, cut where one transaction would be too large, or would touch a key twice.
 * @param prefix of all keys of the state.
 */
export function stateSteps(changes: readonly StateChange[], prefix: string): StateStep[] {
  const ops = changes.flatMap(inRecords).flatMap((change) => opsOf(change, prefix));
  const steps: KeyOp[][] = [];
  let step: KeyOp[] = [];
  let bytes = 0;
  for (const op of ops) {
    const own = bytesOfOp(op);
    const isFull = step.length === maxTxnOps || bytes + own > maxTxnBytes;
    if (step.length > 0 && (isFull || step.some((other) => touches(other, op)))) {
      steps.push(step);
      step = [];
      bytes = 0;
    }
    step.push(op);
    bytes += own;
  }
  if (step.length > 0) steps.push(step);
  return steps;
}

export function bytesOfOp(op: KeyOp): number {
  switch (op.kind) {
    case 'put':
      return op.key.length + op.value.length;
    case 'delete':
      return op.key.length;
    case 'deleteRange':
      return op.from.length + op.to.length;
  }
}

/** A chain that is too long for one record, as its beginning and what it grows by. */
function inRecords(change: StateChange): StateChange[] {
  if (change.kind !== 'putSequence' && change.kind !== 'growSequence') return [change];
  const whole = change.kind === 'putSequence' ? change.sequence : change.growth;
  if (whole.blocks.length <= blocksPerRecord) return [change];
  const first = whole.blocks.slice(0, blocksPerRecord);
  const rest = whole.blocks.slice(blocksPerRecord);
  const { id, tokens, maxTokens, touchedMs } = whole;
  const from = (change.kind === 'putSequence' ? 0 : change.growth.from) + blocksPerRecord;
  const bound = maxTokens === undefined ? {} : { maxTokens };
  const growth = { id, tokens, touchedMs, ...bound, from, blocks: rest };
  const head: StateChange =
    change.kind === 'putSequence'
      ? { kind: 'putSequence', sequence: { ...change.sequence, blocks: first } }
      : { kind: 'growSequence', growth: { ...change.growth, blocks: first } };
  return [head, ...inRecords({ kind: 'growSequence', growth })];
}

function opsOf(change: StateChange, prefix: string): KeyOp[] {
  const key = `${prefix}${recordKey(change)}`;
  const put = (): KeyOp => ({ kind: 'put', key, value: encodeRecord(change) });
  switch (change.kind) {
    case 'dropPin':
      return [{ kind: 'delete', key }];
    case 'dropSequence':
      return [{ kind: 'delete', key }, growthOf(change.sequence, prefix)];
    case 'putSequence':
      return [put(), growthOf(change.sequence.id, prefix)];
    case 'growSequence':
      // What lies further on was cut.
      return [put(), { ...growthOf(change.growth.id, prefix), from: `${key}\0` }];
    default:
      return [put()];
  }
}

function growthOf(id: Parameters<typeof growthPrefix>[0], prefix: string) {
  const from = `${prefix}${growthPrefix(id)}`;
  return { kind: 'deleteRange', from, to: `${from}~` } as const;
}

function touches(a: KeyOp, b: KeyOp): boolean {
  const [x, y] = [rangeOf(a), rangeOf(b)];
  return x.from < y.to && y.from < x.to;
}

function rangeOf(op: KeyOp): { readonly from: string; readonly to: string } {
  return op.kind === 'deleteRange' ? op : { from: op.key, to: `${op.key}\0` };
}
