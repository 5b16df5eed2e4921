import { blockKeyBytes, unpackBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { TensorDigest } from '../core/namespace.js';
import { epoch, type WorkerId, workerId } from '../core/plan.js';
import type { ByTier } from '../core/tierName.js';
import type { ByTier__Output } from '../rpc/gen/kvtide/v1/ByTier.js';
import type { InventoryChange__Output } from '../rpc/gen/kvtide/v1/InventoryChange.js';
import type { PageId__Output } from '../rpc/gen/kvtide/v1/PageId.js';
import type { ReadyRequest__Output } from '../rpc/gen/kvtide/v1/ReadyRequest.js';
import type { RegisterRequest__Output } from '../rpc/gen/kvtide/v1/RegisterRequest.js';
import type { TensorDigest__Output } from '../rpc/gen/kvtide/v1/TensorDigest.js';
import { geometryFrom } from '../rpc/geometryMessage.js';
import { parseHostPort } from '../rpc/hostPort.js';
import type { CoordinatorEvents } from './coordinatorEvent.js';
import type { JoinRequest } from './membership.js';
import type { InventoryPart } from './prefixIndex.js';

/** @throws KvError `invalid` when a field cannot be what it says. */
export function joinRequestFrom(message: RegisterRequest__Output): JoinRequest {
  const { worker, stage, address, pid, configJson, metricsAddress } = message;
  parseHostPort(address);
  return {
    worker: worker === '' ? null : givenWorkerId(worker),
    stage,
    shape: { geometry: geometryFrom(message.geometry), configJson },
    registration: { address, pid, metricsAddress, budgetBytes: byTierFrom(message.budgetBytes) },
  };
}

export function readyFrom(message: ReadyRequest__Output): CoordinatorEvents['ready'] {
  const { worker, livePages, tailPages, maxTokens } = message;
  return {
    worker: workerId(worker),
    epoch: epoch(message.epoch),
    tensors: tensorsFrom(message.tensors),
    bounds: {
      capacity: livePages === 0 ? null : { livePages, tailPages },
      maxTokens: maxTokens === 0 ? null : maxTokens,
    },
  };
}

function tensorsFrom(messages: readonly TensorDigest__Output[]): TensorDigest[] {
  return messages.map(({ name, dtype, shape, sha256 }) => ({ name, dtype, shape, sha256 }));
}

export function inventoryPartFrom({ number, whole, added, removed }: InventoryChange__Output): InventoryPart {
  return { number, whole, added: added.map(pageFrom), removed: removed.map(pageFrom) };
}

function pageFrom({ block, layer }: PageId__Output) {
  const [key, ...more] = blockKeysFrom(block);
  if (key === undefined || more.length > 0) throw new KvError('invalid', 'a page is named by one block key');
  return { block: key, layer };
}

/** @throws KvError `invalid` when the bytes are not whole keys. */
export function blockKeysFrom(bytes: Buffer) {
  const keys = unpackBlockKeys(bytes);
  if (keys.length * blockKeyBytes === bytes.length) return keys;
  throw new KvError(
    'invalid',
    `${bytes.length} bytes are no sequence of block keys of ${blockKeyBytes} bytes`,
  );
}

function byTierFrom(sums: ByTier__Output | null): ByTier<number> {
  return { device: sums?.device ?? 0, pinned: sums?.pinned ?? 0, disk: sums?.disk ?? 0 };
}

function givenWorkerId(text: string): WorkerId {
  if (/^[\w.-]{1,64}$/.test(text)) return workerId(text);
  throw new KvError(
    'invalid',
    `"${text}" cannot name a worker: use up to 64 letters, digits, "-", "_" and "."`,
  );
}
