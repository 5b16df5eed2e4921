import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PageView } from '../core/pageView.js';
import type { Disk } from '../core/ports/disk.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { PageCodec } from './codec/pageCodec.js';
import { cipherBytes, type PageCipher } from './pageCipher.js';
import { encodePageFormat, type PageFormat, type PageHeader } from './pageHeader.js';
import type { ReadOutcome, StoredPage } from './tier.js';

/** One way in which the tier's pages may lie on the disk. */
export interface DiskForm {
  readonly format: PageFormat;
  readonly shared: Buffer;
  /** Null: as the page is. */
  readonly codec: PageCodec | null;
  /** Null: not encrypted. */
  readonly cipher: PageCipher | null;
  /** Before it is encrypted. */
  readonly encodedBytes: number;
  readonly footprintBytes: number;
}

export type NotRead = Exclude<ReadOutcome, { kind: 'read' }>;

export const wrongFormat: NotRead = { kind: 'corrupt', reason: 'it is of another format' };
export const wrongKey: NotRead = {
  kind: 'corrupt',
  reason: 'it was encrypted with another key, or is damaged',
};
export const wrongPayload: NotRead = { kind: 'corrupt', reason: 'the checksum of its payload is wrong' };

export function diskForm(
  disk: Disk,
  format: PageFormat,
  codec: PageCodec | null,
  encodedBytes: number,
  cipher: PageCipher | null,
): DiskForm {
  const bytes = encodedBytes + (cipher === null ? 0 : cipherBytes);
  const isPlain = codec === null && cipher === null;
  const encoding = { codec: codec?.id ?? 0, version: codec?.version ?? 1, storedBytes: bytes };
  const own = {
    ...format,
    ...(isPlain ? {} : { encoding }),
    ...(cipher === null ? {} : { cipher: cipher.name }),
  };
  const footprintBytes = disk.footprintBytes(bytes);
  return { format: own, shared: encodePageFormat(own), codec, cipher, encodedBytes, footprintBytes };
}

/** What the payload is when `codec` has decoded it. @param payload whose checksum is right. */
export async function decoded(
  found: PageHeader,
  page: StoredPage,
  codec: PageCodec,
  payload: Uint8Array,
  into: PageView,
): Promise<ReadOutcome> {
  if (!(await codec.decode(payload, into, nextTurn))) return wrongPayload;
  return judge(found, page, pageChecksum(into), codec.isLossless);
}

/**
 * What was read is the page if it was made of it. Where that lost bits it has a checksum of its own, and
 * counts also when the page has that one by now, because it was read before.
 */
export function judge(
  { checksum }: PageHeader,
  page: StoredPage,
  sum: bigint,
  isLossless: boolean,
): ReadOutcome {
  if (isLossless) return sum === checksum && sum === page.checksum ? { kind: 'read' } : wrongPayload;
  const isPage = checksum === page.checksum || sum === page.checksum;
  return isPage ? { kind: 'read', convertedTo: sum } : wrongPayload;
}
