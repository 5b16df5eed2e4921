import { setImmediate as nextTurn } from 'node:timers/promises';
import { xxh64 } from '@node-rs/xxhash';
import { KvError } from '../core/errors.js';
import { pageKey } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { Disk, DiskPublish, DiskRead } from '../core/ports/disk.js';
import { pageChecksum } from '../transfer/checksum.js';
import { AlignedBuffers } from './alignedBuffers.js';
import type { DiskCodecs } from './codec/diskCodecs.js';
import type { PageCodec } from './codec/pageCodec.js';
import {
  type DiskForm,
  decoded,
  diskForm,
  judge,
  type NotRead,
  wrongFormat,
  wrongKey,
  wrongPayload,
} from './diskForm.js';
import type { EncodedPage, LossyCopy } from './lossyCopy.js';
import { cipherBytes, noCiphers, type PageCipher, type PageCiphers } from './pageCipher.js';
import {
  decodePageHeader,
  encodePageHeader,
  isSameFormat,
  type PageFormat,
  type PageHeader,
  storedBytes,
} from './pageHeader.js';
import type { EncodedRead, ReadOutcome, StoredPage } from './tier.js';

export type FormWrite =
  | { readonly kind: 'published'; readonly form: number }
  | Exclude<DiskPublish, { kind: 'published' }>;

const plain = 0;
/** Tiers and scans keep numbers of forms in 16 bits. */
const formsMax = 65_536;
/**
 * Writes and reads the records of a disk tier in all forms that its pages may have there: as they are, or
 * encoded, with one form for each codec and length. Forms are numbered; a number says nothing outside.
 */
export class DiskForms {
  /** Bytes that a page may take at most, as pages are written now. */
  readonly footprintBytesMax: number;
  /** The form that takes them. */
  readonly largestForm: number;
  readonly #disk: Disk;
  readonly #forms: readonly DiskForm[];
  readonly #write: PageCodec | null;
  readonly #writeLossy: PageCodec | null;
  readonly #ciphers: PageCiphers;
  /** Those without encryption come first, then as many in the same order for each key. */
  readonly #formsEach: number;
  readonly #encrypted: AlignedBuffers;
  readonly #pages: AlignedBuffers;
  readonly #buffers: AlignedBuffers;
  /** Records that share a format share the object. */
  readonly #known = new WeakMap<PageFormat, number>();

  /** @throws KvError `invalid` when there are too many keys to number the forms. */
  constructor(disk: Disk, format: PageFormat, codecs: DiskCodecs, ciphers: PageCiphers = noCiphers) {
    const formsOf = (cipher: PageCipher | null) => [
      diskForm(disk, format, null, format.payloadBytes, cipher),
      ...codecs.read.flatMap((codec) =>
        codec.lengths.map((bytes) => diskForm(disk, format, codec, bytes, cipher)),
      ),
    ];
    const unencrypted = formsOf(null);
    const [, ...encoded] = unencrypted;
    this.#disk = disk;
    this.#ciphers = ciphers;
    this.#formsEach = unencrypted.length;
    this.#forms = [...unencrypted, ...ciphers.all.flatMap(formsOf)];
    if (this.#forms.length > formsMax) {
      throw new KvError(
        'invalid',
        `${ciphers.all.length} keys of tenants are too many with these codecs: drop old keys`,
      );
    }
    this.#encrypted = new AlignedBuffers(ciphers.all.length === 0 ? 0 : format.payloadBytes + cipherBytes);
    this.#write = codecs.write;
    this.#writeLossy = codecs.writeLossy;
    this.#pages = new AlignedBuffers(format.payloadBytes);
    this.#buffers = new AlignedBuffers(Math.max(0, ...encoded.map((form) => storedBytes(form.format))));
    // A page that does not get shorter is stored as it is: only what loses bits has always one length.
    const isSure = codecs.write !== null && !codecs.write.isLossless;
    const largest = isSure ? this.#formNumber(codecs.write, codecs.write.lengths.at(-1)!) : plain;
    this.largestForm = largest + (ciphers.all.length === 0 ? 0 : this.#formsEach);
    this.footprintBytesMax = this.footprintOf(this.largestForm);
  }

  footprintOf(form: number): number {
    return this.#forms[form]!.footprintBytes;
  }

  /** The form of a record, or -1 when it is not the tier's: of another model, or of a codec that loses more. */
  formOf(format: PageFormat): number {
    const known = this.#known.get(format);
    if (known !== undefined) return known;
    const found = this.#forms.findIndex((form) => isSameFormat(form.format, format));
    this.#known.set(format, found);
    return found;
  }

  /** @param from may not change before it settles. */
  async write(page: StoredPage, from: PageView): Promise<FormWrite> {
    if (this.#write === null) return this.#publish(page, plain, [from.k, from.v]);
    // What loses bits gets a checksum of its own, which would make wrong bytes right: as they are, they are
    // found out when they are read.
    if (!this.#write.isLossless && pageChecksum(from) !== page.checksum) {
      return this.#publish(page, plain, [from.k, from.v]);
    }
    return this.#writeEncoded(page, from, this.#write);
  }

  /** As `write`, of a copy that lost bits: it is written as such, and as it lies if it is encoded so. */
  async writeLossy(page: StoredPage, from: LossyCopy): Promise<FormWrite> {
    const codec = this.#writeLossy;
    if (codec === null) throw new KvError('internal', 'a page that lost bits came to a disk of exact pages');
    if (from.kind === 'encoded') {
      // Wrong bytes are written as they are, too: they are found out when they are read.
      if (from.codec.id !== codec.id && xxh64(from.bytes) === from.checksum)
        return this.#writeDecoded(page, from, codec);
      return this.#publish(
        page,
        this.#formNumber(from.codec, from.bytes.length),
        [from.bytes],
        from.checksum,
      );
    }
    const { view, checksum } = from;
    if (pageChecksum(view) !== checksum) return this.#publish(page, plain, [view.k, view.v]);
    return this.#writeEncoded(page, view, codec);
  }

  async #writeDecoded(page: StoredPage, from: EncodedPage, codec: PageCodec): Promise<FormWrite> {
    const bytes = this.#pages.take();
    const half = bytes.length / 2;
    const view = { k: bytes.subarray(0, half), v: bytes.subarray(half) };
    try {
      await from.codec.decode(from.bytes, view, nextTurn);
      return await this.#writeEncoded(page, view, codec);
    } finally {
      this.#pages.giveBack(bytes);
    }
  }

  async #writeEncoded(page: StoredPage, from: PageView, codec: PageCodec): Promise<FormWrite> {
    const buffer = this.#buffers.take();
    try {
      const length = await codec.encode(from, buffer, nextTurn);
      if (length === 0) return await this.#publish(page, plain, [from.k, from.v]);
      const payload = buffer.subarray(0, length);
      return await this.#publish(page, this.#formNumber(codec, length), [payload], xxh64(payload));
    } catch (cause) {
      return { kind: 'failed', cause };
    } finally {
      this.#buffers.giveBack(buffer);
    }
  }

  async read(page: StoredPage, form: number, into: PageView): Promise<ReadOutcome> {
    const { cipher, codec, format } = this.#forms[form]!;
    if (cipher !== null) return this.#readEncrypted(page, form, cipher, into);
    if (codec === null) {
      const found = this.#check(page, form, await this.#disk.read(pageKey(page.id), [into.k, into.v]));
      return 'kind' in found ? found : judge(found, page, pageChecksum(into), true);
    }
    const buffer = this.#buffers.take();
    try {
      const payload = buffer.subarray(0, storedBytes(format));
      const found = this.#check(page, form, await this.#disk.read(pageKey(page.id), [payload]));
      if ('kind' in found) return found;
      if (found.encodedChecksum !== xxh64(payload)) return wrongPayload;
      return await decoded(found, page, codec, payload, into);
    } finally {
      this.#buffers.giveBack(buffer);
    }
  }

  async #readEncrypted(
    page: StoredPage,
    form: number,
    cipher: PageCipher,
    into: PageView,
  ): Promise<ReadOutcome> {
    const { codec, encodedBytes, format, shared } = this.#forms[form]!;
    const encrypted = this.#encrypted.take();
    const buffer = codec === null ? null : this.#buffers.take();
    try {
      const payload = encrypted.subarray(0, storedBytes(format));
      const found = this.#check(page, form, await this.#disk.read(pageKey(page.id), [payload]));
      if ('kind' in found) return found;
      if (found.encodedChecksum !== xxh64(payload)) return wrongPayload;
      const plainText = buffer === null ? [into.k, into.v] : [buffer.subarray(0, encodedBytes)];
      const isRight = await cipher.decrypt(payload, [pageKey(page.id), shared], plainText, nextTurn);
      if (!isRight) return wrongKey;
      if (codec === null) return judge(found, page, pageChecksum(into), true);
      return await decoded(found, page, codec, plainText[0]!, into);
    } finally {
      this.#encrypted.giveBack(encrypted);
      if (buffer !== null) this.#buffers.giveBack(buffer);
    }
  }

  /** Whether pages of the form lie as the codec makes them. */
  isMadeBy(form: number, codec: PageCodec): boolean {
    const { cipher, codec: own } = this.#forms[form]!;
    return cipher === null && own?.id === codec.id;
  }

  /** As `read`, of a form that `isMadeBy` the codec that is to decode it, without decoding it. */
  async readEncoded(page: StoredPage, form: number, into: Uint8Array): Promise<EncodedRead> {
    const found = this.#check(page, form, await this.#disk.read(pageKey(page.id), [into]));
    if ('kind' in found) return found;
    const { checksum, encodedChecksum } = found;
    const isRight = encodedChecksum === xxh64(into) && checksum === page.checksum;
    return isRight ? { kind: 'read', encodedChecksum } : wrongPayload;
  }

  #check(page: StoredPage, form: number, record: DiskRead): PageHeader | NotRead {
    if (record.kind === 'miss') return record;
    if (record.kind === 'failed') {
      const { cause } = record;
      const isCorrupt = cause instanceof KvError && cause.kind === 'corrupt';
      return isCorrupt ? { kind: 'corrupt', reason: cause.message } : record;
    }
    const decoded = decodePageHeader(pageKey(page.id), record.meta);
    if (decoded.kind === 'invalid') return { kind: 'corrupt', reason: decoded.reason };
    return isSameFormat(decoded.format, this.#forms[form]!.format) ? decoded.header : wrongFormat;
  }

  async #publish(
    page: StoredPage,
    form: number,
    parts: readonly Uint8Array[],
    encodedChecksum?: bigint,
  ): Promise<FormWrite> {
    const cipher = this.#ciphers.of(page.id.block);
    if (cipher === null) return this.#begin(page, form, parts, encodedChecksum);
    const encryptedForm = form + (1 + this.#ciphers.all.indexOf(cipher)) * this.#formsEach;
    const { format, shared } = this.#forms[encryptedForm]!;
    const buffer = this.#encrypted.take();
    try {
      const payload = buffer.subarray(0, storedBytes(format));
      await cipher.encrypt(parts, [pageKey(page.id), shared], payload, nextTurn);
      return await this.#begin(page, encryptedForm, [payload], xxh64(payload));
    } finally {
      this.#encrypted.giveBack(buffer);
    }
  }

  async #begin(
    { id, blockIndex, checksum }: StoredPage,
    form: number,
    parts: readonly Uint8Array[],
    encodedChecksum?: bigint,
  ): Promise<FormWrite> {
    const { format, shared } = this.#forms[form]!;
    const record = this.#disk.begin(pageKey(id), storedBytes(format));
    for (const part of parts) record.write(part);
    const header = { id, blockIndex, checksum };
    const own = encodePageHeader(encodedChecksum === undefined ? header : { ...header, encodedChecksum });
    const end = await record.publish({ shared, own });
    return end.kind === 'published' ? { kind: 'published', form } : end;
  }

  #formNumber(codec: PageCodec, length: number): number {
    return this.#forms.findIndex((form) => form.codec?.id === codec.id && form.encodedBytes === length);
  }
}
