import type {
  Disk,
  DiskMeta,
  DiskOpen,
  DiskPublish,
  DiskRead,
  DiskRecord,
  DiskRemove,
  DiskWrite,
} from '../core/ports/disk.js';
import type { ProcessClock } from './processClock.js';

/** A disk as one process sees it: after the process has ended it never hears of what it asked for. */
export class ProcessDisk implements Disk {
  readonly #disk: Disk;
  readonly #process: ProcessClock;

  constructor(disk: Disk, process: ProcessClock) {
    this.#disk = disk;
    this.#process = process;
  }

  open(): Promise<DiskOpen> {
    return this.#heard(() => this.#disk.open());
  }

  begin(key: Uint8Array, payloadBytes: number): DiskWrite {
    const write = this.#disk.begin(key, payloadBytes);
    return {
      write: (bytes) => write.write(bytes),
      publish: (meta: DiskMeta): Promise<DiskPublish> => this.#heard(() => write.publish(meta)),
      abort: () => write.abort(),
    };
  }

  flush(): Promise<void> {
    return this.#heard(() => this.#disk.flush());
  }

  read(key: Uint8Array, into: readonly Uint8Array[]): Promise<DiskRead> {
    return this.#heard(() => this.#disk.read(key, into));
  }

  remove(keys: readonly Uint8Array[]): Promise<DiskRemove> {
    return this.#heard(() => this.#disk.remove(keys));
  }

  scan(): Iterable<DiskRecord> {
    return this.#disk.scan();
  }

  footprintBytes(payloadBytes: number): number {
    return this.#disk.footprintBytes(payloadBytes);
  }

  close(): Promise<void> {
    return this.#heard(() => this.#disk.close());
  }

  async #heard<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#process.hasEnded) return await never();
    try {
      const answer = await ask();
      return this.#process.hasEnded ? await never() : answer;
    } catch (thrown) {
      if (this.#process.hasEnded) return await never();
      throw thrown;
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
