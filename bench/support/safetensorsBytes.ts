/** A tensor as a safetensors file holds it. */
export interface TensorSpec {
  readonly name: string;
  /** As the format calls it: F32, F16, BF16 … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** A whole safetensors file. */
export function safetensorsBytes(tensors: readonly TensorSpec[]): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.byteLength] };
    end += bytes.byteLength;
  }
  return withHeader(JSON.stringify(header), Buffer.concat(tensors.map(({ bytes }) => bytes)));
}

/** A file with any header text, and the length field that belongs to it or another. */
export function withHeader(header: string, data: Buffer, claimedBytes?: bigint): Buffer {
  const text = Buffer.from(header, 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimedBytes ?? BigInt(text.byteLength));
  return Buffer.concat([length, text, data]);
}
