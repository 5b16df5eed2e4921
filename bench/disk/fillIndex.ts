import { createHash } from 'node:crypto';
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BlockKey, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { pageBytes } from '../../src/core/geometry.js';
import { pageKey } from '../../src/core/pageId.js';
import { ExtentIndex, type IndexChange } from '../../src/tiers/extentIndex.js';
import { encodePageFormat, encodePageHeader, pageFormat } from '../../src/tiers/pageHeader.js';
import { benchNamespace, smallGeometry } from './diskSizes.js';

/** Changes that one transaction makes: the most that a disk puts into one. */
const batchPages = 256;
const payloadBytes = pageBytes(smallGeometry);

/**
 * Makes a store of random pages, each of a block of its own, in transactions as a disk makes them. Payloads
 * are holes: nobody reads them here.
 * @returns bytes of the index on disk.
 */
export async function fillIndex(folder: string, pages: number, signal: AbortSignal): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const data = join(folder, `slots-${payloadBytes}.dat`);
  writeFileSync(data, '');
  truncateSync(data, pages * payloadBytes);
  const index = await ExtentIndex.open(folder, { records: 0, formats: new Map() });
  const shared = encodePageFormat(pageFormat(benchNamespace, smallGeometry));
  for (let from = 0; from < pages; from += batchPages) {
    const length = Math.min(batchPages, pages - from);
    const changes = Array.from({ length }, (_, i): IndexChange => {
      const id = { block: randomBlock(from + i), layer: 0 };
      const own = encodePageHeader({ id, blockIndex: (from + i) % 128, checksum: BigInt(from + i) });
      return { kind: 'put', key: pageKey(id), slot: from + i, payloadBytes, meta: { shared, own } };
    });
    await index.commit(changes);
    signal.throwIfAborted();
  }
  await index.close();
  return statSync(join(folder, 'data.mdb')).size;
}

function randomBlock(number: number): BlockKey {
  return blockKeyFromBytes(createHash('sha256').update(`${number}`).digest());
}
