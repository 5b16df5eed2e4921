import type { Disk } from '../core/ports/disk.js';
import { decodePageHeader, isSameFormat, type PageFormat } from './pageHeader.js';
import { ForeignRecords, FoundPages } from './recordRows.js';

export interface DiskScan {
  readonly found: FoundPages;
  readonly foreign: ForeignRecords;
  /** Records whose header is damaged or belongs to another key. */
  readonly corruptKeys: readonly Uint8Array[];
}

/** Sorts the records of a disk by whose they are. Payloads are looked at only when they are read. */
export function scanDisk(disk: Disk, format: PageFormat, ownsLayer: (layer: number) => boolean): DiskScan {
  const found = new FoundPages();
  const foreign = new ForeignRecords();
  const corruptKeys: Uint8Array[] = [];
  for (const { key, meta, bytes, slot = 0 } of disk.scan()) {
    const decoded = decodePageHeader(key, meta);
    if (decoded.kind === 'invalid' || bytes !== decoded.format.payloadBytes) {
      corruptKeys.push(Uint8Array.from(key));
    } else if (isSameFormat(decoded.format, format) && ownsLayer(decoded.header.id.layer)) {
      found.add(key, decoded.header);
    } else foreign.add({ key, bytes: disk.footprintBytes(bytes) }, slot);
  }
  return { found, foreign, corruptKeys };
}
