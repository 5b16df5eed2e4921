import { createReadStream } from 'node:fs';
import { KvError } from '../core/errors.js';
import { isMissing } from '../core/isMissing.js';

/** A line of a trace with a million block ids has 10 MB; none that we know of comes near this. */
export const lineBytesMax = 16 * 2 ** 20;
const chunkBytes = 256 * 2 ** 10;
const newline = 0x0a;

/** A line by its number from 1; `tooLong` where it has more than `lineBytesMax` bytes, which are not kept. */
export type Line =
  | { readonly kind: 'text'; readonly number: number; readonly text: string }
  | { readonly kind: 'tooLong'; readonly number: number };

/**
 * The lines of a file, as many at once as were read. What is kept is bounded by `lineBytesMax`.
 * @throws KvError `notFound` when the file is missing, `invalid` when it cannot be read.
 */
export async function* readLines(path: string): AsyncGenerator<Line[]> {
  const lines = new LineCutter();
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
      const whole = lines.push(chunk);
      if (whole.length > 0) yield whole;
    }
  } catch (thrown) {
    const error = KvError.from(thrown, 'invalid');
    if (isMissing(thrown)) throw new KvError('notFound', `${path} does not exist`, { cause: thrown });
    throw new KvError(error.kind, `${path} cannot be read: ${error.message}`, { cause: thrown });
  }
  const rest = lines.end();
  if (rest.length > 0) yield rest;
}

class LineCutter {
  #number = 1;
  /** What was read of the line that has not ended. */
  #pieces: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      this.#keep(chunk.subarray(from, end), lines);
      this.#finish(lines);
      from = end + 1;
    }
    this.#keep(chunk.subarray(from), lines);
    return lines;
  }

  /** The line that the file ends in, where it does not end with a newline. */
  end(): Line[] {
    const lines: Line[] = [];
    if (this.#bytes > 0) this.#finish(lines);
    return lines;
  }

  /** A line that gets too long is told of at once: its end may be far. */
  #keep(piece: Buffer, lines: Line[]): void {
    const wasTooLong = this.#bytes > lineBytesMax;
    this.#bytes += piece.length;
    if (this.#bytes <= lineBytesMax) {
      if (piece.length > 0) this.#pieces.push(piece);
      return;
    }
    this.#pieces = [];
    if (!wasTooLong) lines.push({ kind: 'tooLong', number: this.#number });
  }

  #finish(lines: Line[]): void {
    if (this.#bytes <= lineBytesMax) {
      const text = Buffer.concat(this.#pieces).toString('utf8');
      lines.push({ kind: 'text', number: this.#number, text });
    }
    this.#number += 1;
    this.#pieces = [];
    this.#bytes = 0;
  }
}
