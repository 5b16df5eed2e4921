import { open } from 'node:fs/promises';
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

/** What is written to: an open, empty file. */
export interface TraceTarget {
  /** Writes from `offset` on, perhaps less than all of it. */
  write(bytes: Uint8Array, offset: number): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface TraceFileFigures {
  readonly lines: number;
  readonly bytes: number;
  /** Lines that were left out. */
  readonly dropped: number;
}

const newline = 10;

/**
 * A file of lines that nobody waits for: they are written in batches, one after the other. Where lines were left
 * out a line `{"event":"dropped","lines":n}` says how many, unless the file is full. When a write fails the file
 * ends with the last line that is whole, and a warning says how many are lost.
 */
export class TraceFile implements LineSink {
  readonly #file: TraceTarget;
  readonly #bounds: TraceFileBounds;
  readonly #warn: (message: string) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | null = null;
  #isEnded = false;
  #lines = 0;
  #bytes = 0;
  /** Of `bytes`, what is in the file. */
  #writtenBytes = 0;
  #dropped = 0;
  /** Since the last line that was taken. */
  #droppedNow = 0;

  constructor(
    file: TraceTarget,
    warn: (message: string) => void,
    bounds: TraceFileBounds = defaultTraceFileBounds,
  ) {
    this.#file = file;
    this.#warn = warn;
    this.#bounds = bounds;
  }

  /** @throws KvError `invalid` when there is such a file already, or it cannot be made. */
  static async create(
    path: string,
    warn: (message: string) => void,
    bounds?: TraceFileBounds,
  ): Promise<TraceFile> {
    try {
      return new TraceFile(await open(path, 'wx', 0o600), warn, bounds);
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
    const bytes = gap.length + Buffer.byteLength(line) + 1;
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

  /** Writes what waits, and takes nothing more. What fails is warned of. */
  async close(): Promise<void> {
    this.#isEnded = true;
    await this.#writing;
    try {
      await this.#file.close();
    } catch (thrown) {
      this.#warn(`the recording may lack its end: ${KvError.from(thrown).message}`);
    }
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      await this.#writeBatch(lines);
      this.#waitingBytes = this.#waiting.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    }
    this.#writing = null;
  }

  async #writeBatch(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.join(''));
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await this.#file.write(bytes, written);
        if (bytesWritten === 0) throw new KvError('exhausted', 'nothing more could be written');
        written += bytesWritten;
      }
      this.#writtenBytes += written;
    } catch (thrown) {
      await this.#failed(lines, bytes.subarray(0, written), KvError.from(thrown).message);
    }
  }

  /** @param written what the file has of the lines. */
  async #failed(lines: readonly string[], written: Buffer, reason: string): Promise<void> {
    const wholeBytes = written.lastIndexOf(newline) + 1;
    let whole = 0;
    for (let end = 0; whole < lines.length; whole += 1) {
      end += Buffer.byteLength(lines[whole]!);
      if (end > wholeBytes) break;
    }
    this.#writtenBytes += wholeBytes;
    const isCut = wholeBytes < written.length && !(await this.#truncated());
    // What came meanwhile is lost with it.
    const lost = lines.length - whole + this.#waiting.length;
    this.#waiting = [];
    this.#lines -= lost;
    this.#dropped += lost;
    this.#bytes = this.#writtenBytes;
    const end = isCut ? ' and half a line' : '';
    this.#end(
      `the recording ends after ${this.#bytes} bytes${end}, ${lost} lines that it had taken are lost: ${reason}`,
    );
  }

  async #truncated(): Promise<boolean> {
    try {
      await this.#file.truncate(this.#writtenBytes);
      return true;
    } catch {
      return false;
    }
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
