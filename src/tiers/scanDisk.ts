import { pageKey } from '../core/pageId.js';
import type { Disk } from '../core/ports/disk.js';
import { decodePageHeader, hasFormat, type PageFormat, type PageHeader } from './pageHeader.js';

/** A record of another model or layer range in the same folder. */
export interface ForeignRecord {
  readonly key: Uint8Array;
  /** What it takes on the medium. */
  readonly bytes: number;
}

export interface DiskScan {
  readonly found: readonly PageHeader[];
  readonly foreign: readonly ForeignRecord[];
  /** Records whose header is damaged or belongs to another key. */
  readonly corruptKeys: readonly Uint8Array[];
}

/** Sorts the records of a disk by whose they are. Payloads are looked at only when they are read. */
export function scanDisk(disk: Disk, format: PageFormat, ownsLayer: (layer: number) => boolean): DiskScan {
  const found: PageHeader[] = [];
  const foreign: ForeignRecord[] = [];
  const corruptKeys: Uint8Array[] = [];
  for (const { key, meta, bytes } of disk.scan()) {
    const decoded = decodePageHeader(meta);
    if (decoded.kind === 'invalid' || !pageKey(decoded.header.id).equals(key)) {
      corruptKeys.push(Uint8Array.from(key));
    } else if (!hasFormat(decoded.header, format) || !ownsLayer(decoded.header.id.layer)) {
      foreign.push({ key: Uint8Array.from(key), bytes: disk.footprintBytes(bytes) });
    } else if (bytes !== format.payloadBytes) corruptKeys.push(Uint8Array.from(key));
    else found.push(decoded.header);
  }
  return { found, foreign, corruptKeys };
}
