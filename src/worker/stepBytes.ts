import { KvError } from '../core/errors.js';

// Tokens and hidden states cross the wire as little-endian bytes, which is how every machine that Node.js
// runs a GPU worker on holds them.

/** `[n]` ids from `4 n` bytes. */
export function tokensOfBytes(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(alignedCopy(bytes, 'tokens'));
}

/** `[n]` float32 values from `4 n` bytes. */
export function floatsOfBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(alignedCopy(bytes, 'hidden'));
}

export function bytesOfFloats(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Received bytes start anywhere in a larger buffer; typed arrays must start at a multiple of four. */
function alignedCopy(bytes: Uint8Array, field: string): ArrayBuffer {
  if (bytes.length % 4 !== 0)
    throw new KvError('invalid', `${field}: ${bytes.length} bytes are no 4-byte values`);
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
