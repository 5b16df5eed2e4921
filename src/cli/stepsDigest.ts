import { createHash } from 'node:crypto';
import type { StepAnswer } from '../client/stepAnswer.js';

/** SHA-256 over every step's top ids, logits and logsumexp, as little-endian uint32 and float32: hex. */
export function stepsDigest(steps: readonly StepAnswer[]): string {
  const hash = createHash('sha256');
  for (const { topIds, topLogits, logits, logsumexp } of steps) {
    hash.update(bytesOf(Uint32Array.from(topIds)));
    hash.update(bytesOf(Float32Array.from(topLogits)));
    if (logits !== null) hash.update(bytesOf(logits));
    hash.update(bytesOf(Float32Array.of(logsumexp)));
  }
  return hash.digest('hex');
}

function bytesOf(words: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
