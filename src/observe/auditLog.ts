import { appendFileSync, closeSync, fstatSync, openSync, renameSync } from 'node:fs';
import { KvError } from '../core/errors.js';

/** A file that has grown beyond it is put aside. */
const fileBytesMax = 16 * 2 ** 20;
/** Files that were put aside: FILE.1 is the newest. The oldest is written over. */
const filesAside = 4;
const ownerOnly = 0o600;

/** One JSON object a line, only ever appended to. Written at once: the lines before an end matter most. */
export class AuditLog {
  readonly #path: string;
  readonly #bytesMax: number;
  #fd: number;

  /** @throws KvError `invalid` when the file cannot be written. */
  constructor(path: string, bytesMax = fileBytesMax) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#fd = open(path);
  }

  write(entry: Readonly<Record<string, unknown>>): void {
    if (fstatSync(this.#fd).size >= this.#bytesMax) this.#putAside();
    appendFileSync(this.#fd, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #putAside(): void {
    closeSync(this.#fd);
    for (let number = filesAside - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`;
      try {
        renameSync(from, `${this.#path}.${number + 1}`);
      } catch {} // not so many yet
    }
    this.#fd = open(this.#path);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'a', ownerOnly);
  } catch (cause) {
    throw new KvError('invalid', `--audit-log: ${path} cannot be written: ${KvError.from(cause).message}`, {
      cause,
    });
  }
}
