import type { JoinRequest } from '../../src/coordinator/membership.js';
import type { ModelShape } from '../../src/coordinator/modelIdentity.js';
import type { Now } from '../../src/coordinator/now.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { Geometry } from '../../src/core/geometry.js';
import type { TensorDigest } from '../../src/core/namespace.js';
import { epoch, workerId } from '../../src/core/plan.js';
import type { Random } from '../../src/core/ports/random.js';

const full = { kind: 'full', rope: true } as const;
const window = { kind: 'window', window: 32, rope: true } as const;

/** Four layers in blocks of 16 tokens. */
export const geometry: Geometry = {
  layers: [full, window, full, window],
  kvHeads: 2,
  headDim: 8,
  dtype: 'f32',
  blockTokens: 16,
  layoutVersion: 1,
};

export const shape: ModelShape = { geometry, configJson: '{"hidden_size":16,"layers":4}' };

export const emptyState = { epoch: epoch(0), sequences: [], pins: [], assignments: [] };

export function tensor(name: string, sha256 = 'aa'): TensorDigest {
  return { name, dtype: 'F32', shape: [2, 2], sha256 };
}

export interface Wishes {
  readonly worker?: string;
  readonly stage?: number;
  readonly shape?: ModelShape;
}

export function joinRequest(address: string, wishes: Wishes = {}): JoinRequest {
  return {
    worker: wishes.worker === undefined ? null : workerId(wishes.worker),
    stage: wishes.stage ?? -1,
    shape: wishes.shape ?? shape,
    registration: { address, pid: 1, budgetBytes: { device: 1, pinned: 1, disk: 1 }, metricsAddress: '' },
  };
}

export function at(ms: number): Now {
  return { monotonicMs: ms, wallMs: 1_000_000 + ms };
}

/** Bytes that count up: every id is new, and the same in every run. */
export function countingRandom(): Random {
  let count = 0;
  return {
    bytes: (length) => {
      count += 1;
      const bytes = Buffer.alloc(length);
      bytes.writeUInt32BE(count, length - 4);
      return bytes;
    },
    fraction: () => 0,
  };
}

export function chainOf(blocks: number, letter = '0'): BlockKey[] {
  return Array.from({ length: blocks }, (_, at) => at.toString(16).padStart(64, letter) as BlockKey);
}
