import { KvError } from '../core/errors.js';
import { parseJson } from './jsonFile.js';

/** Bytes an element, for the dtypes that weights may have; others are known so that they can be named. */
const elementBytes = new Map<string, number>([
  ['F64', 8],
  ['I64', 8],
  ['U64', 8],
  ['F32', 4],
  ['I32', 4],
  ['U32', 4],
  ['F16', 2],
  ['BF16', 2],
  ['I16', 2],
  ['U16', 2],
  ['F8_E5M2', 1],
  ['F8_E4M3', 1],
  ['I8', 1],
  ['U8', 1],
  ['BOOL', 1],
]);

/** Where a tensor lies in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Offset of its first byte in the file. */
  readonly start: number;
  readonly bytes: number;
}

/** The header's length is the first 8 bytes of a file. */
export const headerLengthBytes = 8;

/** The bound of the reference implementation. */
export const headerBytesMax = 100_000_000;

/**
 * Reads a safetensors header and checks that its tensors tile the rest of the file, as the format asks:
 * no overlap, no hole, nothing past the end.
 * @param header the JSON text; @param fileBytes the size of the whole file.
 * @throws KvError `invalid` that names file and tensor.
 */
export function parseSafetensorsHeader(
  header: Buffer,
  fileBytes: number,
  path: string,
): Map<string, TensorEntry> {
  const json = parseJson(header.toString('utf8'), `the header of ${path}`);
  if (!isRecord(json)) throw new KvError('invalid', `${path}: the header is not an object`);
  const dataStart = headerLengthBytes + header.byteLength;
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    entries.set(name, parseEntry(name, value, dataStart, path));
  }
  checkTiling([...entries.values()], dataStart, fileBytes, path);
  return entries;
}

function parseEntry(name: string, value: unknown, dataStart: number, path: string): TensorEntry {
  const refuse = (reason: string): never => {
    throw new KvError('invalid', `${path}: tensor ${name}: ${reason}`);
  };
  if (!isRecord(value)) return refuse('its entry is not an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') return refuse('dtype is missing');
  const size = elementBytes.get(dtype);
  if (size === undefined) return refuse(`dtype ${JSON.stringify(dtype)} is unknown`);
  if (!isSizes(shape)) return refuse('shape is not a list of sizes');
  if (!isSizes(offsets) || offsets.length !== 2) return refuse('data_offsets are not two offsets');
  const [begin = 0, end = 0] = offsets;
  const bytes = shape.reduce((product, length) => product * length, size);
  if (end - begin !== bytes) {
    return refuse(`its shape [${shape.join(', ')}] in ${dtype} takes ${bytes} bytes, not ${end - begin}`);
  }
  return { name, dtype, shape, start: dataStart + begin, bytes };
}

function checkTiling(entries: TensorEntry[], dataStart: number, fileBytes: number, path: string): void {
  entries.sort((a, b) => a.start - b.start || a.bytes - b.bytes);
  let end = dataStart;
  let before = 'the header';
  for (const entry of entries) {
    const { name, start, bytes } = entry;
    if (start + bytes > fileBytes) {
      const missing = start + bytes - fileBytes;
      throw new KvError(
        'invalid',
        `${path} is truncated: tensor ${name} ends ${missing} bytes past the file`,
      );
    }
    if (start < end) throw new KvError('invalid', `${path}: tensor ${name} overlaps ${before}`);
    if (start > end)
      throw new KvError('invalid', `${path}: a hole lies between ${before} and tensor ${name}`);
    end = start + bytes;
    before = `tensor ${name}`;
  }
  if (end !== fileBytes) {
    throw new KvError('invalid', `${path}: ${fileBytes - end} bytes at its end belong to no tensor`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
