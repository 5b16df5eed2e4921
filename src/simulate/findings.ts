import { createHash } from 'node:crypto';

/** Violations of one run that are kept with their words. */
const keptMax = 16;

/** What a run did, line by line, as a hash, and which promises it broke. */
export class Findings {
  readonly violations: string[] = [];
  #broken = 0;
  readonly #hash = createHash('sha256');
  readonly #nowMs: () => number;
  readonly #heard: ((line: string) => void) | undefined;

  constructor(nowMs: () => number, heard?: (line: string) => void) {
    this.#nowMs = nowMs;
    this.#heard = heard;
  }

  get broken(): number {
    return this.#broken;
  }

  note(what: string): void {
    const line = `${this.#nowMs().toFixed(3)} ${what}`;
    this.#hash.update(`${line}\n`);
    this.#heard?.(line);
  }

  violates(what: string): void {
    this.#broken += 1;
    this.note(`VIOLATION ${what}`);
    if (this.violations.length < keptMax) this.violations.push(what);
  }

  /** Ends the hash. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}
