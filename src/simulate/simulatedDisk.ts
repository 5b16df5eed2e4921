import { KvError } from '../core/errors.js';
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
import type { SimulatedClock } from './simulatedClock.js';
import type { SimulatedRandom } from './simulatedRandom.js';

/** Faults, all off by default. Shares are of the calls, from 0 to 1. */
export interface DiskFaults {
  /** Bytes that all records may take together, by `footprintBytes`; past it publishes answer `full`. */
  readonly capacityBytes?: number;
  readonly failingWrites?: number;
  readonly failingRemovals?: number;
  readonly failingReads?: number;
  /** Reads that answer `hit` with one bit of the payload changed. */
  readonly corruptReads?: number;
  /** Longest delay of a publish, read or flush; the real one is drawn below it. */
  readonly delayMsMax?: number;
}

interface Stored {
  readonly key: Buffer;
  readonly meta: DiskMeta;
  readonly payload: Uint8Array;
}

const recordOverheadBytes = 64;

/**
 * The disk port in memory, whose medium outlives a `crash`. It keeps two states: what a reader sees, and
 * what a power loss would leave. Faults are drawn from the seed.
 */
export class SimulatedDisk implements Disk {
  readonly #clock: SimulatedClock;
  readonly #random: SimulatedRandom;
  #faults: DiskFaults;
  #visible = new Map<string, Stored>();
  #flushed = new Map<string, Stored>();
  /** Operations of an earlier life find that the process they belonged to is gone. */
  #life = 0;
  /** Flushes that were asked for, and the latest of those that ended. */
  #flushes = 0;
  #flushedBy = 0;
  #isOpen = false;

  constructor(clock: SimulatedClock, random: SimulatedRandom, faults: DiskFaults = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  /** Switches faults on or off from now on. */
  setFaults(faults: DiskFaults): void {
    this.#faults = faults;
  }

  /**
   * The machine loses power: what was not flushed is lost or kept, key by key, as the seed has it; what was
   * being written is gone. The disk has to be opened again.
   */
  crash(): void {
    const kept = new Map(this.#flushed);
    for (const name of new Set([...this.#visible.keys(), ...this.#flushed.keys()])) {
      const now = this.#visible.get(name);
      if (now === this.#flushed.get(name) || this.#random.chance(0.5)) continue;
      if (now === undefined) kept.delete(name);
      else kept.set(name, now);
    }
    this.#visible = kept;
    this.#flushed = new Map(kept);
    this.#life += 1;
    this.#isOpen = false;
  }

  async open(): Promise<DiskOpen> {
    const life = this.#life;
    await this.#delay();
    if (life === this.#life) this.#isOpen = true;
    return { kind: 'ready', records: this.#visible.size, corrupt: 0 };
  }

  begin(key: Uint8Array, payloadBytes: number): DiskWrite {
    const parts: Uint8Array[] = [];
    return {
      write: (bytes) => void parts.push(bytes),
      publish: (meta) => this.#publish(Buffer.from(key), parts, payloadBytes, copyOf(meta)),
      abort: () => {
        parts.length = 0;
      },
    };
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    const life = this.#life;
    const published = new Map(this.#visible);
    this.#flushes += 1;
    const number = this.#flushes;
    await this.#delay();
    // One that was asked for later may have ended earlier, with all that this one has.
    if (life !== this.#life || number < this.#flushedBy) return;
    this.#flushed = published;
    this.#flushedBy = number;
  }

  async read(key: Uint8Array, into: readonly Uint8Array[]): Promise<DiskRead> {
    this.#checkOpen();
    await this.#delay();
    if (this.#random.chance(this.#faults.failingReads ?? 0)) return failed('the read failed');
    const record = this.#visible.get(nameOf(key));
    if (record === undefined) return { kind: 'miss' };
    const wanted = into.reduce((sum, part) => sum + part.length, 0);
    if (wanted !== record.payload.length)
      return failed(`a record has ${record.payload.length} bytes, not ${wanted}`);
    let at = 0;
    for (const part of into) {
      part.set(record.payload.subarray(at, at + part.length));
      at += part.length;
    }
    if (wanted > 0 && this.#random.chance(this.#faults.corruptReads ?? 0)) this.#flipBit(into, wanted);
    return { kind: 'hit', meta: copyOf(record.meta) };
  }

  async remove(keys: readonly Uint8Array[]): Promise<DiskRemove> {
    this.#checkOpen();
    const { failingRemovals = 0 } = this.#faults;
    if (failingRemovals > 0 && this.#random.chance(failingRemovals)) return failed('the removal failed');
    for (const key of keys) this.#visible.delete(nameOf(key));
    return { kind: 'removed' };
  }

  *scan(): Iterable<DiskRecord> {
    this.#checkOpen();
    const records = [...this.#visible.values()].sort((a, b) => Buffer.compare(a.key, b.key));
    for (const { key, meta, payload } of records) {
      yield { key: Uint8Array.from(key), meta: copyOf(meta), bytes: payload.length };
    }
  }

  /** What its records take. */
  get usedBytes(): number {
    return this.#usedWithout('');
  }

  footprintBytes(payloadBytes: number): number {
    return payloadBytes + recordOverheadBytes;
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    await this.flush();
    this.#isOpen = false;
  }

  async #publish(
    key: Buffer,
    parts: readonly Uint8Array[],
    payloadBytes: number,
    meta: DiskMeta,
  ): Promise<DiskPublish> {
    this.#checkOpen();
    const life = this.#life;
    await this.#delay();
    // As on a real disk, bytes are read late: who changes them too early stores the change.
    const payload = Uint8Array.from(Buffer.concat(parts));
    if (life !== this.#life) return failed('the machine lost power');
    if (payload.length !== payloadBytes) {
      return failed(`a record of ${payloadBytes} bytes was published with ${payload.length}`);
    }
    if (this.#random.chance(this.#faults.failingWrites ?? 0)) return failed('the write failed');
    const name = nameOf(key);
    if (
      this.#usedWithout(name) + this.footprintBytes(payloadBytes) >
      (this.#faults.capacityBytes ?? Infinity)
    ) {
      return { kind: 'full' };
    }
    this.#visible.set(name, { key, meta, payload });
    return { kind: 'published' };
  }

  #usedWithout(name: string): number {
    let used = 0;
    for (const [other, { payload }] of this.#visible) {
      if (other !== name) used += this.footprintBytes(payload.length);
    }
    return used;
  }

  #flipBit(into: readonly Uint8Array[], bytes: number): void {
    let at = this.#random.integer(0, bytes - 1);
    for (const part of into) {
      if (at < part.length) {
        part[at]! ^= 1 << this.#random.integer(0, 7);
        return;
      }
      at -= part.length;
    }
  }

  async #delay(): Promise<void> {
    const { delayMsMax = 0 } = this.#faults;
    if (delayMsMax > 0) await this.#clock.sleep(this.#random.fraction() * delayMsMax);
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new KvError('internal', 'the disk was used while it is not open');
  }
}

const copyOf = ({ shared, own }: DiskMeta): DiskMeta => ({
  shared: Uint8Array.from(shared),
  own: Uint8Array.from(own),
});

const nameOf = (key: Uint8Array): string => Buffer.from(key).toString('latin1');

function failed(reason: string): { readonly kind: 'failed'; readonly cause: KvError } {
  return { kind: 'failed', cause: new KvError('unavailable', `simulated disk: ${reason}`) };
}
