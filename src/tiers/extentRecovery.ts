import { decodeRecord } from './extentRecord.js';
import type { IndexVisitor } from './lmdbCheck.js';
import type { SlotFiles } from './slotFiles.js';

/** Learns from an index, as it is checked, which slots are taken and which records make no sense. */
export class ExtentRecovery implements IndexVisitor {
  /** Keys of records that are damaged, have no format, or no slot of their own. */
  readonly corruptKeys: Buffer[] = [];
  readonly #files: SlotFiles;
  readonly #formats = new Map<number, Uint8Array>();
  readonly #usedFormats = new Set<number>();

  constructor(files: SlotFiles) {
    this.#files = files;
  }

  /** Formats that sound records have. */
  get formats(): ReadonlyMap<number, Uint8Array> {
    return new Map([...this.#formats].filter(([number]) => this.#usedFormats.has(number)));
  }

  format(number: number, shared: Uint8Array): void {
    this.#formats.set(number, shared);
  }

  record(key: Buffer, value: Buffer): void {
    const record = decodeRecord(key, value);
    const isSound =
      record !== undefined &&
      this.#formats.has(record.format) &&
      this.#files.claim(record.payloadBytes, record.slot);
    if (isSound) this.#usedFormats.add(record.format);
    else this.corruptKeys.push(Buffer.from(key));
  }
}
