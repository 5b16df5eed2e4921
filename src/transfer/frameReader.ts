import { KvError } from '../core/errors.js';
import type { FramePayload } from './framePayload.js';
import { decodeHeader, type FrameHeader, frameHeaderBytes } from './laneFrame.js';

const spillBytes = 4096;

/**
 * Cuts a stream of bytes into frames and says where the next bytes go, so that the kernel can put them
 * there. No I/O: `slice` is the place for the next bytes, `advance` tells how many came.
 */
export class FrameReader {
  /** Frames that are whole. */
  frames = 0;
  readonly #begin: (header: FrameHeader) => FramePayload | null;
  readonly #header = Buffer.alloc(frameHeaderBytes);
  /** Takes the bytes of a read that was begun before it was known where the payload goes. */
  readonly #spill = Buffer.alloc(spillBytes);
  #isSpilling = false;
  /** What came and could not be placed yet. */
  #held: Uint8Array | null = null;
  #headerBytes = 0;
  /** The header that `begin` answered null for. */
  #waiting: FrameHeader | null = null;
  #payload: FramePayload | null = null;
  #part = 0;
  #partBytes = 0;

  /**
   * @param begin called with each header before a byte of its payload is read: answers where the payload
   * goes, or null when that is not known yet: then nothing more may be read until `provide`. What it throws
   * comes out of `advance`, `take` or `provide`, and the stream is of no use any more.
   */
  constructor(begin: (header: FrameHeader) => FramePayload | null) {
    this.#begin = begin;
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Whether a frame has begun and is not whole. */
  get isInFrame(): boolean {
    return this.#headerBytes > 0;
  }

  /** Whether a part of a payload is owed: `slice` gave memory of whoever takes it. */
  get isInPayload(): boolean {
    return this.#payload !== null;
  }

  /** Where the next bytes go; never empty. */
  slice(): Uint8Array {
    this.#isSpilling = this.#waiting !== null;
    if (this.#isSpilling) return this.#spill;
    return this.#place();
  }

  /** `bytes` more lie in what `slice` gave last. @throws KvError `invalid` for a frame that is none. */
  advance(bytes: number): void {
    if (this.#isSpilling) this.take(this.#spill.subarray(0, bytes));
    else this.#land(bytes);
  }

  /** Takes bytes that lie elsewhere, by copying. They may not change while the reader waits. */
  take(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length && this.#waiting === null) {
      const place = this.#place();
      const length = Math.min(place.length, bytes.length - from);
      place.set(bytes.subarray(from, from + length));
      from += length;
      this.#land(length);
    }
    this.#held = from < bytes.length ? bytes.subarray(from) : null;
  }

  /** Where the payload goes that the reader waits with. */
  provide(payload: FramePayload): void {
    const header = this.#waiting;
    if (header === null)
      throw new KvError('internal', 'a frame reader that waits for nothing was given a place');
    this.#waiting = null;
    this.#take(header, payload);
    const held = this.#held;
    if (held !== null) this.take(held);
  }

  /** No more bytes will come. */
  drop(): void {
    const payload = this.#payload;
    this.#payload = null;
    this.#held = null;
    payload?.dropped?.();
  }

  #place(): Uint8Array {
    if (this.#payload === null) return this.#header.subarray(this.#headerBytes);
    return this.#payload.parts[this.#part]!.subarray(this.#partBytes);
  }

  #land(bytes: number): void {
    if (this.#payload !== null) this.#landInPayload(this.#payload, bytes);
    else {
      this.#headerBytes += bytes;
      if (this.#headerBytes === frameHeaderBytes) this.#headerWhole();
    }
  }

  #headerWhole(): void {
    const header = decodeHeader(this.#header);
    const payload = this.#begin(header);
    if (payload === null) this.#waiting = header;
    else this.#take(header, payload);
  }

  #take(header: FrameHeader, payload: FramePayload): void {
    const room = payload.parts.reduce((sum, part) => sum + part.length, 0);
    if (room !== header.payloadBytes || payload.parts.some((part) => part.length === 0)) {
      payload.dropped?.();
      throw new KvError('internal', `a payload of ${header.payloadBytes} bytes was given room for ${room}`);
    }
    this.#part = 0;
    this.#partBytes = 0;
    if (room === 0) this.#end(payload);
    else this.#payload = payload;
  }

  #landInPayload(payload: FramePayload, bytes: number): void {
    this.#partBytes += bytes;
    if (this.#partBytes < payload.parts[this.#part]!.length) return;
    payload.landed?.(this.#part);
    this.#part += 1;
    this.#partBytes = 0;
    if (this.#part === payload.parts.length) this.#end(payload);
  }

  #end(payload: FramePayload): void {
    this.#payload = null;
    this.#headerBytes = 0;
    this.frames += 1;
    payload.done();
  }
}
