import { createHash } from 'node:crypto';
import type { AttentionMode } from './attentionMode.js';
import { type BlockKey, blockKeyToBytes } from './blockKey.js';

/**
 * What stands for `parent` in the key of a block whose KV an approximate mode has computed: such KV differs from
 * that of the same tokens in exact mode, so it must not be found under their key.
 */
export function approximateParent(parent: BlockKey, mode: AttentionMode): BlockKey {
  const hash = createHash('sha256').update(blockKeyToBytes(parent)).update(JSON.stringify(mode));
  return hash.digest('hex') as BlockKey;
}
