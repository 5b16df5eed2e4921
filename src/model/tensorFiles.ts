import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import { readJsonFile } from './jsonFile.js';
import {
  headerBytesMax,
  headerLengthBytes,
  parseSafetensorsHeader,
  type TensorEntry,
} from './safetensorsHeader.js';

/** Bytes that one read asks for; what a caller holds besides its own result. */
const readBytesMax = 8 * 2 ** 20;

const singleName = 'model.safetensors';
const indexName = 'model.safetensors.index.json';

interface TensorPlace {
  readonly path: string;
  readonly fd: number;
  readonly entry: TensorEntry;
}

/** The tensors of a checkpoint folder, read in ranges: no file is ever held whole. */
export class TensorFiles {
  readonly folder: string;
  readonly #places: ReadonlyMap<string, TensorPlace>;
  readonly #fds: readonly number[];

  private constructor(folder: string, places: ReadonlyMap<string, TensorPlace>, fds: readonly number[]) {
    this.folder = folder;
    this.#places = places;
    this.#fds = fds;
  }

  /**
   * Opens model.safetensors, or the shards that model.safetensors.index.json names.
   * @throws KvError `notFound` without weights, `invalid` for a header that lies or is cut off.
   */
  static open(folder: string): TensorFiles {
    const fds: number[] = [];
    try {
      const single = join(folder, singleName);
      const places = existsSync(single) ? openFile(single, fds) : openShards(folder, fds);
      return new TensorFiles(folder, places, fds);
    } catch (error) {
      for (const fd of fds) closeSync(fd);
      throw error;
    }
  }

  entry(name: string): TensorEntry | undefined {
    return this.#places.get(name)?.entry;
  }

  /**
   * Gives a tensor's bytes to `take`, in order, in pieces of whole elements of up to 8 bytes. A piece is
   * overwritten after `take` returns.
   * @throws KvError `notFound` for a tensor that is not there, `invalid` when the file became shorter.
   */
  read(name: string, take: (piece: Uint8Array) => void): void {
    const place = this.#places.get(name);
    if (place === undefined) throw new KvError('notFound', `${this.folder}: tensor ${name} is missing`);
    const { path, fd, entry } = place;
    const buffer = Buffer.alloc(Math.min(readBytesMax, entry.bytes));
    for (let done = 0; done < entry.bytes; ) {
      const piece = buffer.subarray(0, Math.min(buffer.byteLength, entry.bytes - done));
      readFully(fd, piece, entry.start + done, path);
      take(piece);
      done += piece.byteLength;
    }
  }

  /** Size and modification time of the file that holds a tensor, to tell whether it changed. */
  fileStamp(name: string): string {
    const place = this.#places.get(name);
    if (place === undefined) throw new KvError('notFound', `${this.folder}: tensor ${name} is missing`);
    const { size, mtimeMs } = fstatSync(place.fd);
    return `${place.path}:${size}:${mtimeMs}`;
  }

  close(): void {
    for (const fd of this.#fds) closeSync(fd);
  }
}

function openShards(folder: string, fds: number[]): Map<string, TensorPlace> {
  const indexPath = join(folder, indexName);
  if (!existsSync(indexPath)) {
    throw new KvError('notFound', `${folder} holds neither ${singleName} nor ${indexName}`);
  }
  const weightMap = readWeightMap(indexPath);
  const shards = new Map<string, Map<string, TensorPlace>>();
  const places = new Map<string, TensorPlace>();
  for (const [tensor, file] of weightMap) {
    let shard = shards.get(file);
    if (shard === undefined) {
      shard = openFile(join(folder, file), fds);
      shards.set(file, shard);
    }
    const place = shard.get(tensor);
    if (place === undefined) {
      throw new KvError('invalid', `${indexPath}: tensor ${tensor} is missing in ${file}`);
    }
    places.set(tensor, place);
  }
  return places;
}

function readWeightMap(indexPath: string): [string, string][] {
  const index = readJsonFile(indexPath);
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : null;
  if (typeof map !== 'object' || map === null) {
    throw new KvError('invalid', `${indexPath}: weight_map is missing`);
  }
  return Object.entries(map).map(([tensor, file]: [string, unknown]) => {
    // A path would let an index read files outside the checkpoint.
    if (typeof file === 'string' && /^[^/\\]+\.safetensors$/.test(file)) return [tensor, file];
    throw new KvError('invalid', `${indexPath}: ${JSON.stringify(file)} is no name of a shard`);
  });
}

function openFile(path: string, fds: number[]): Map<string, TensorPlace> {
  const fd = openReadable(path);
  fds.push(fd);
  const fileBytes = fstatSync(fd).size;
  if (fileBytes < headerLengthBytes) {
    throw new KvError('invalid', `${path} is truncated: ${fileBytes} bytes hold no safetensors header`);
  }
  const length = Buffer.alloc(headerLengthBytes);
  readFully(fd, length, 0, path);
  const headerBytes = length.readBigUInt64LE();
  if (headerBytes > BigInt(fileBytes - headerLengthBytes)) {
    throw new KvError(
      'invalid',
      `${path}: its header claims ${headerBytes} bytes, the file has ${fileBytes}`,
    );
  }
  if (headerBytes > BigInt(headerBytesMax)) {
    throw new KvError(
      'invalid',
      `${path}: its header claims ${headerBytes} bytes; at most ${headerBytesMax} are read`,
    );
  }
  const header = Buffer.alloc(Number(headerBytes));
  readFully(fd, header, headerLengthBytes, path);
  const entries = parseSafetensorsHeader(header, fileBytes, path);
  return new Map([...entries].map(([name, entry]) => [name, { path, fd, entry }]));
}

function openReadable(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new KvError('notFound', `${path} cannot be opened: ${KvError.from(error).message}`, {
      cause: error,
    });
  }
}

function readFully(fd: number, into: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < into.byteLength; ) {
    const read = readSync(fd, into, done, into.byteLength - done, position + done);
    if (read === 0)
      throw new KvError('invalid', `${path} is truncated: it ends before byte ${position + into.byteLength}`);
    done += read;
  }
}
