import type { SendBuffers } from './sendBuffers.js';

/** Shorter data is not worth a buffer of its own. */
const bulkBytesMin = 16 * 2 ** 10;

const lengthDelimited = 2;

/** The endpoints whose messages carry the bytes of pages in `data`, and the field's number in each direction. */
const dataFields: ReadonlyMap<string, { readonly question?: number; readonly answer?: number }> = new Map([
  ['/kvtide.v1.Worker/PutPages', { question: 8 }],
  ['/kvtide.v1.Worker/GetPages', { answer: 7 }],
  ['/kvtide.v1.Worker/Attention', { question: 9 }],
]);

export function dataFieldOf(path: string, direction: 'question' | 'answer'): number | undefined {
  return dataFields.get(path)?.[direction];
}

/**
 * Encodes a message with much `data`; null where there is little or none. Protobuf's order of fields is free,
 * so the rest is encoded as usual and `data` is put behind it, with one copy.
 */
export function encodeBulk(
  message: unknown,
  field: number,
  encodeRest: (rest: object) => Buffer,
  buffers: SendBuffers,
): Buffer | null {
  if (typeof message !== 'object' || message === null || !('data' in message)) return null;
  const { data, ...rest } = message;
  if (!(data instanceof Uint8Array) || data.length < bulkBytesMin) return null;
  const head = encodeRest(rest);
  const prefix = [(field << 3) | lengthDelimited, ...varint(data.length)];
  const bytes = buffers.take(head.length + prefix.length + data.length);
  bytes.set(head);
  bytes.set(prefix, head.length);
  bytes.set(data, head.length + prefix.length);
  return bytes;
}

/** Seven bits a byte, the lowest first; all but the last have the highest bit set. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
