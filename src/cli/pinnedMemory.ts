import { KvError } from '../core/errors.js';
import { MappedSharedSlab } from '../memory/mappedSharedSlab.js';
import { lockPages } from '../memory/pageLock.js';
import type { RegionShape } from '../memory/sharedRegion.js';
import type { Slab } from '../memory/slab.js';
import type { WorkerObserver } from '../worker/workerParts.js';

/** What pinned pages lie in. @throws KvError `exhausted` with the figure that it needs. */
export function makePinned(shape: RegionShape): MappedSharedSlab {
  try {
    return MappedSharedSlab.create(shape);
  } catch (thrown) {
    const { kind, message, context } = KvError.from(thrown);
    throw new KvError(kind, `pinned memory: ${message}; lower --pinned-bytes`, { context, cause: thrown });
  }
}

/** Locks it, or says why it may be swapped out: the worker goes on. */
export function lockPinned(slab: Slab, { warn }: WorkerObserver): void {
  const lock = lockPages(slab);
  if (lock.kind === 'locked') return;
  const { reason, neededBytes } = lock;
  warn?.(`pinned memory is not locked and may be swapped out: ${reason}`, { neededBytes });
}
