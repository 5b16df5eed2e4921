import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SlotFile, slotBytesFor } from './slotFile.js';

const namePattern = /^slots-(\d+)\.dat$/;

/** The data files of one store: one for each slot size in use. */
export class SlotFiles {
  readonly #dir: string;
  readonly #files = new Map<number, SlotFile>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Names of the data files in a folder, whoever uses them. */
  static namesIn(dir: string): string[] {
    return isThere(dir) ? readdirSync(dir).filter((name) => namePattern.test(name)) : [];
  }

  /** The file for payloads of this length; it is made when there is none. @throws what the system says. */
  fileFor(payloadBytes: number): SlotFile {
    const slotBytes = slotBytesFor(payloadBytes);
    const known = this.#files.get(slotBytes);
    if (known !== undefined) return known;
    const file = new SlotFile(this.#pathOf(slotBytes), slotBytes);
    this.#files.set(slotBytes, file);
    return file;
  }

  /** At opening: a record lies in this slot. False when there is no such slot, or it has a record. @throws what the system says. */
  claim(payloadBytes: number, slot: number): boolean {
    const slotBytes = slotBytesFor(payloadBytes);
    if (!this.#files.has(slotBytes) && !isThere(this.#pathOf(slotBytes))) return false;
    return this.fileFor(payloadBytes).claim(slot);
  }

  /** After the last claim: removes files that hold nothing and gives back free room at the ends of others. */
  tidy(): void {
    for (const [slotBytes, file] of this.#files) {
      if (file.usedSlots > 0) {
        file.shrink();
        continue;
      }
      file.remove();
      this.#files.delete(slotBytes);
    }
    const used = new Set([...this.#files.values()].map(({ path }) => path));
    for (const name of SlotFiles.namesIn(this.#dir)) {
      const path = join(this.#dir, name);
      if (!used.has(path)) rmSync(path);
    }
  }

  /** Nothing may be under way. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await file.close();
  }

  #pathOf(slotBytes: number): string {
    return join(this.#dir, `slots-${slotBytes}.dat`);
  }
}

/** `existsSync` would call a file that cannot be looked at missing, and its records lost. */
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
