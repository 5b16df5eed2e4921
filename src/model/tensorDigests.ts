import { createHash } from 'node:crypto';
import type { LayerRange } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import type { Checkpoint } from './checkpoint.js';
import { tensorsOf } from './modelTensors.js';

/**
 * Remembers digests from run to run, so that a large checkpoint is not hashed at every start. `stamp`
 * changes when the tensor's file does. Losing the memory costs time and nothing else.
 */
export interface DigestMemory {
  get(stamp: string, tensor: string): string | undefined;
  set(stamp: string, tensor: string, sha256: string): void;
}

/** Digests of the tensors that a worker with these layers reads, in the order in which it reads them. */
export function digestTensors(
  checkpoint: Checkpoint,
  layers: LayerRange,
  memory?: DigestMemory,
): TensorDigest[] {
  return tensorsOf(checkpoint.config, layers).map(({ name, shape }) => {
    const dtype = checkpoint.files.entry(name)?.dtype ?? '';
    const stamp = checkpoint.files.fileStamp(name);
    const known = memory?.get(stamp, name);
    if (known !== undefined) return { name, dtype, shape, sha256: known };
    const hash = createHash('sha256');
    checkpoint.files.read(name, (piece) => hash.update(piece));
    const sha256 = hash.digest('hex');
    memory?.set(stamp, name, sha256);
    return { name, dtype, shape, sha256 };
  });
}
