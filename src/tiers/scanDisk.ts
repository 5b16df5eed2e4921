import type { Disk } from '../core/ports/disk.js';
import { decodePageHeader, type PageFormat, storedBytes } from './pageHeader.js';
import { ForeignRecords, FoundPages } from './recordRows.js';

export interface DiskScan {
  readonly found: FoundPages;
  /** What they take on the medium. */
  readonly foundBytes: number;
  readonly foreign: ForeignRecords;
  /** Records whose header is damaged or belongs to another key. */
  readonly corruptKeys: readonly Uint8Array[];
}

/**
 * Sorts the records of a disk by whose they are. Payloads are looked at only when they are read.
 * @param formOf the number of a format that is the worker's, or -1.
 */
export function scanDisk(
  disk: Disk,
  formOf: (format: PageFormat) => number,
  ownsLayer: (layer: number) => boolean,
): DiskScan {
  const found = new FoundPages();
  let foundBytes = 0;
  const foreign = new ForeignRecords();
  const corruptKeys: Uint8Array[] = [];
  for (const { key, meta, bytes, slot = 0 } of disk.scan()) {
    const decoded = decodePageHeader(key, meta);
    if (decoded.kind === 'invalid' || bytes !== storedBytes(decoded.format)) {
      corruptKeys.push(Uint8Array.from(key));
      continue;
    }
    const form = ownsLayer(decoded.header.id.layer) ? formOf(decoded.format) : -1;
    if (form >= 0) {
      found.add(key, { ...decoded.header, form });
      foundBytes += disk.footprintBytes(bytes);
    } else foreign.add({ key, bytes: disk.footprintBytes(bytes) }, slot);
  }
  return { found, foundBytes, foreign, corruptKeys };
}
