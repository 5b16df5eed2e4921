import type { FileOperation, FileWrite } from './fileOperations.js';

/** Disks write a sector whole or not at all. */
const sectorBytes = 512;

/** A number in [0, 1). */
export type Draw = () => number;

/** A recording, with the line from which on each write is durable; null for never. */
export class Recording {
  readonly #operations: readonly FileOperation[];
  readonly #durableAt = new Map<FileOperation, number>();

  constructor(operations: readonly FileOperation[]) {
    this.#operations = operations.toSorted((a, b) => a.startedAt - b.startedAt);
    const flushes = new Map<string, FileOperation[]>();
    for (const one of operations) {
      if (one.kind === 'flush') flushes.set(one.path, [...(flushes.get(one.path) ?? []), one]);
    }
    for (const one of operations) {
      if (one.kind !== 'write') continue;
      const flush = flushes.get(one.path)?.find(({ startedAt }) => startedAt > one.endedAt);
      const durableAt = one.isSynced ? one.endedAt : flush?.endedAt;
      if (durableAt !== undefined) this.#durableAt.set(one, durableAt);
    }
  }

  /** The same on a medium that answers flushes of some files and does nothing. */
  withoutFlushes(ofFile: (path: string) => boolean): Recording {
    const kept = this.#operations.filter(({ kind, path }) => kind !== 'flush' || !ofFile(path));
    return new Recording(
      kept.map((one) => (one.kind === 'write' && ofFile(one.path) ? { ...one, isSynced: false } : one)),
    );
  }

  /** Lines between which something happened. */
  get cuts(): readonly number[] {
    return this.#operations.map(({ startedAt }) => startedAt + 1);
  }

  /**
   * What files could hold after the power went away at line `cut`: what was flushed is there; of every other
   * write that had begun, all, nothing, or some of its sectors, as `draw` says.
   * @param start contents before the recording, by path.
   */
  filesAfterPowerLoss(cut: number, draw: Draw, start: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
    const files = new Map([...start].map(([path, bytes]) => [path, new GrowingFile(Buffer.from(bytes))]));
    for (const one of this.#operations) {
      if (one.startedAt >= cut) break;
      const file = files.get(one.path) ?? new GrowingFile(Buffer.alloc(0));
      files.set(one.path, file);
      if (one.kind === 'truncate') file.truncate(one.bytes);
      else if (one.kind === 'extend') file.reach(one.bytes);
      else if (one.kind === 'write') {
        if ((this.#durableAt.get(one) ?? cut) < cut) file.write(one.offset, one.bytes);
        else writePartly(file, one, draw);
      }
    }
    return new Map([...files].map(([path, file]) => [path, file.bytes()]));
  }
}

function writePartly(file: GrowingFile, { offset, bytes }: FileWrite, draw: Draw): void {
  const fate = draw();
  if (fate < 1 / 3) return;
  if (fate < 2 / 3) {
    file.write(offset, bytes);
    return;
  }
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + sectorBytes - ((offset + from) % sectorBytes));
    if (draw() < 0.5) file.write(offset + from, bytes.subarray(from, to));
    from = to;
  }
}

/** A file's bytes; gaps read as zeros. */
class GrowingFile {
  #bytes: Buffer;
  #length: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#length = bytes.length;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.reach(offset + bytes.length);
    this.#bytes.set(bytes, offset);
  }

  truncate(bytes: number): void {
    if (bytes < this.#length) this.#bytes.fill(0, bytes, this.#length);
    this.reach(bytes);
    this.#length = bytes;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  reach(end: number): void {
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#length = Math.max(this.#length, end);
  }
}
