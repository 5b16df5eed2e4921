import type { Disk, DiskMeta, DiskPublish, DiskRead, DiskRemove } from '../../src/core/ports/disk.js';

/** A disk that can be told to answer otherwise than the one below it. */
export class FaultyDisk implements Disk {
  /** What publishes answer instead of writing. */
  publishFault: DiskPublish | null = null;
  /** What reads answer instead of reading. */
  readFault: DiskRead | null = null;
  /** What removals answer instead of removing. */
  removeFault: DiskRemove | null = null;
  readonly #below: Disk;

  constructor(below: Disk) {
    this.#below = below;
  }

  open: Disk['open'] = () => this.#below.open();
  flush: Disk['flush'] = () => this.#below.flush();
  remove: Disk['remove'] = async (keys) => this.removeFault ?? this.#below.remove(keys);
  scan: Disk['scan'] = () => this.#below.scan();
  footprintBytes: Disk['footprintBytes'] = (payloadBytes) => this.#below.footprintBytes(payloadBytes);
  close: Disk['close'] = () => this.#below.close();
  read: Disk['read'] = async (key, into) => this.readFault ?? this.#below.read(key, into);

  begin: Disk['begin'] = (key, payloadBytes) => {
    const write = this.#below.begin(key, payloadBytes);
    return {
      write: (bytes) => write.write(bytes),
      abort: () => write.abort(),
      publish: async (meta) => this.publishFault ?? write.publish(meta),
    };
  };
}

/** Replaces a record by what `change` makes of it, past any checksum. */
export async function damageRecord(
  disk: Disk,
  key: Uint8Array,
  change: (payload: Uint8Array, meta: DiskMeta) => { payload: Uint8Array; meta: DiskMeta },
): Promise<void> {
  const record = [...disk.scan()].find((other) => Buffer.compare(other.key, key) === 0)!;
  const payload = new Uint8Array(record.bytes);
  await disk.read(key, [payload]);
  const changed = change(payload, {
    shared: Uint8Array.from(record.meta.shared),
    own: Uint8Array.from(record.meta.own),
  });
  const write = disk.begin(key, changed.payload.length);
  write.write(changed.payload);
  await write.publish(changed.meta);
}
