import { type FileHandle, open } from 'node:fs/promises';
import { KvError } from '../core/errors.js';
import type { LineSink } from '../core/ports/lineSink.js';

export interface TraceFileBounds {
  /** Bytes of the file; what comes when it is full is left out. */
  readonly fileBytesMax: number;
  /** Bytes that wait for the disk; what comes when it is too slow is left out. */
  readonly waitingBytesMax: number;
}

export const defaultTraceFileBounds: TraceFileBounds = {
  fileBytesMax: 256 * 2 ** 20,
  waitingBytesMax: 8 * 2 ** 20,
};

export interface TraceFileFigures {
  readonly lines: number;
  readonly bytes: number;
  /** Lines that were left out. */
  readonly dropped: number;
}

/**
 * A file of lines that nobody waits for: they are written in batches, one after the other. Where lines were left
 * out a line `{"event":"dropped","lines":n}` says how many, unless the file is full.
 */
export class TraceFile implements LineSink {
  readonly #file: FileHandle;
  readonly #bounds: TraceFileBounds;
  readonly #warn: (message: string) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | null = null;
  #isEnded = false;
  #lines = 0;
  #bytes = 0;
  #dropped = 0;
  /** Since the last line that was taken. */
  #droppedNow = 0;

  private constructor(file: FileHandle, bounds: TraceFileBounds, warn: (message: string) => void) {
    this.#file = file;
    this.#bounds = bounds;
    this.#warn = warn;
  }

  /** @throws KvError `invalid` when there is such a file already, or it cannot be made. */
  static async create(
    path: string,
    warn: (message: string) => void,
    bounds: TraceFileBounds = defaultTraceFileBounds,
  ): Promise<TraceFile> {
    try {
      return new TraceFile(await open(path, 'wx', 0o600), bounds, warn);
    } catch (cause) {
      const reason = KvError.from(cause).message;
      throw new KvError('invalid', `--record: ${path} cannot be made: ${reason}`, { cause });
    }
  }

  get figures(): TraceFileFigures {
    return { lines: this.#lines, bytes: this.#bytes, dropped: this.#dropped };
  }

  write(line: string): boolean {
    if (this.#isEnded) return this.#drop();
    const gap = this.#droppedNow === 0 ? '' : `{"event":"dropped","lines":${this.#droppedNow}}\n`;
    // Lines are JSON of numbers and names: a character is a byte.
    const bytes = gap.length + line.length + 1;
    if (this.#bytes + bytes > this.#bounds.fileBytesMax) {
      this.#end(`the recording is full at ${this.#bytes} bytes; what comes from now on is not recorded`);
      return this.#drop();
    }
    if (this.#waitingBytes + bytes > this.#bounds.waitingBytesMax) return this.#drop();
    this.#droppedNow = 0;
    this.#waiting.push(`${gap}${line}\n`);
    this.#waitingBytes += bytes;
    this.#bytes += bytes;
    this.#lines += 1;
    this.#writing ??= this.#writeAll();
    return true;
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writing;
    this.#isEnded = true;
    await this.#file.close();
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      try {
        await this.#file.write(text);
      } catch (thrown) {
        this.#end(`the recording ends: ${KvError.from(thrown).message}`);
        this.#waiting = [];
      }
      this.#waitingBytes = this.#waiting.reduce((sum, { length }) => sum + length, 0);
    }
    this.#writing = null;
  }

  #end(why: string): void {
    this.#isEnded = true;
    this.#warn(why);
  }

  #drop(): false {
    this.#dropped += 1;
    this.#droppedNow += 1;
    return false;
  }
}
