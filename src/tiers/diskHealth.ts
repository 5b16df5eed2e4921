import type { Disk, DiskRemove } from '../core/ports/disk.js';

/**
 * Whether a disk takes more pages. After a write or a removal that did not succeed it takes none until `recover`:
 * a record that cannot be removed takes room that is not counted.
 */
export class DiskHealth {
  readonly #disk: Disk;
  readonly #becameReadOnly: (reason: string) => void;
  /** Keys of records that could not be removed; at most one for each record on the disk. */
  #unremoved: Uint8Array[] = [];
  #isReadOnly = false;

  /** @param becameReadOnly told once, until the disk recovers. */
  constructor(disk: Disk, becameReadOnly: (reason: string) => void) {
    this.#disk = disk;
    this.#becameReadOnly = becameReadOnly;
  }

  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** Something did not succeed. */
  turnReadOnly(reason: string): void {
    if (this.#isReadOnly) return;
    this.#isReadOnly = true;
    this.#becameReadOnly(reason);
  }

  async remove(keys: readonly Uint8Array[]): Promise<DiskRemove> {
    const end = await this.#disk.remove(keys);
    if (end.kind === 'failed') {
      this.#keep(keys);
      this.turnReadOnly(`a removal failed: ${messageOf(end.cause)}`);
    }
    return end;
  }

  /** Removes what could not be removed. @returns whether another write may be tried. */
  async recover(): Promise<boolean> {
    const keys = this.#unremoved;
    if (keys.length > 0) {
      this.#unremoved = [];
      const end = await this.#disk.remove(keys);
      if (end.kind === 'failed') {
        this.#keep(keys);
        return false;
      }
    }
    this.#isReadOnly = this.#unremoved.length > 0;
    return !this.#isReadOnly;
  }

  #keep(keys: readonly Uint8Array[]): void {
    for (const key of keys) this.#unremoved.push(key);
  }
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
