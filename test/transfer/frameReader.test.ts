import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FramePayload } from '../../src/transfer/framePayload.js';
import { FrameReader } from '../../src/transfer/frameReader.js';
import { encodeHeader } from '../../src/transfer/laneFrame.js';

interface Frame {
  readonly request: number;
  /** Where its payload goes, as lengths of parts. */
  readonly parts: readonly number[];
  /** The place is known only later. */
  readonly waits: boolean;
}

const anyFrames = fc
  .array(
    fc.record({ parts: fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 3 }), waits: fc.boolean() }),
    {
      maxLength: 6,
    },
  )
  .map((frames): Frame[] => frames.map((frame, request) => ({ ...frame, request })));

const bytesOf = ({ request, parts }: Frame): Buffer => {
  const payloadBytes = parts.reduce((sum, part) => sum + part, 0);
  const payload = Buffer.from(Uint8Array.from({ length: payloadBytes }, (_, i) => (i * 7 + request) & 0xff));
  return Buffer.concat([encodeHeader({ op: 7, request, payloadBytes }), payload]);
};

/** Reads frames and writes down what came, in which order. */
class Reading {
  readonly heard: string[] = [];
  readonly came = new Map<number, Buffer>();
  readonly reader: FrameReader;
  #next: FramePayload | null = null;

  constructor(frames: readonly Frame[]) {
    this.reader = new FrameReader((header) => {
      const frame = frames[header.request]!;
      const parts = frame.parts.map((length) => new Uint8Array(length));
      const name = String(header.request);
      this.heard.push(`${name} begins`);
      const payload: FramePayload = {
        parts,
        landed: (part) => this.heard.push(`${name} part ${part}`),
        done: () => {
          this.heard.push(`${name} done`);
          this.came.set(header.request, Buffer.concat(parts));
        },
        dropped: () => this.heard.push(`${name} dropped`),
      };
      if (!frame.waits) return payload;
      this.#next = payload;
      return null;
    });
  }

  /** What a socket does while the reader waits. */
  settle(): void {
    while (this.#next !== null) {
      const payload = this.#next;
      this.#next = null;
      expect(this.reader.isWaiting).toBe(true);
      this.reader.provide(payload);
    }
  }
}

function expected(frames: readonly Frame[]): string[] {
  return frames.flatMap(({ request, parts }) => [
    `${request} begins`,
    ...parts.map((_, part) => `${request} part ${part}`),
    `${request} done`,
  ]);
}

function expectAll(reading: Reading, frames: readonly Frame[]): void {
  expect(reading.heard).toEqual(expected(frames));
  for (const frame of frames) {
    expect(Buffer.compare(reading.came.get(frame.request)!, bytesOf(frame).subarray(64))).toBe(0);
  }
  expect([reading.reader.isInFrame, reading.reader.frames]).toEqual([false, frames.length]);
}

describe('a reader of frames', () => {
  it('puts every byte in its place, however reads cut the stream', () => {
    fc.assert(
      fc.property(
        anyFrames,
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }),
        (frames, cuts) => {
          const stream = Buffer.concat(frames.map(bytesOf));
          const reading = new Reading(frames);
          const { reader } = reading;
          let at = 0;
          for (let read = 0; at < stream.length; read += 1) {
            // As a socket with `onread`: the place of a read is chosen before the one before it was dealt with.
            const place = reader.slice();
            reading.settle();
            const length = Math.min(place.length, cuts[read % cuts.length]!, stream.length - at);
            expect(length).toBeGreaterThan(0);
            place.set(stream.subarray(at, at + length));
            at += length;
            reader.advance(length);
          }
          reading.settle();
          expectAll(reading, frames);
        },
      ),
    );
  });

  it('does the same when bytes are handed to it', () => {
    fc.assert(
      fc.property(
        anyFrames,
        fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1 }),
        (frames, cuts) => {
          const stream = Buffer.concat(frames.map(bytesOf));
          const reading = new Reading(frames);
          let at = 0;
          for (let read = 0; at < stream.length; read += 1) {
            const length = Math.min(cuts[read % cuts.length]!, stream.length - at);
            reading.reader.take(Buffer.from(stream.subarray(at, at + length)));
            at += length;
            reading.settle();
          }
          expectAll(reading, frames);
        },
      ),
    );
  });

  it('tells a payload that the rest will not come', () => {
    const frame = { request: 0, parts: [10, 10], waits: false };
    const reading = new Reading([frame]);
    reading.reader.take(bytesOf(frame).subarray(0, 64 + 12));
    expect(reading.reader.isInFrame).toBe(true);
    reading.reader.drop();
    reading.reader.drop();
    expect(reading.heard).toEqual(['0 begins', '0 part 0', '0 dropped']);
  });

  it('takes no place that is longer or shorter than the payload', () => {
    for (const room of [9, 11]) {
      const dropped: string[] = [];
      const parts = [new Uint8Array(room)];
      const reader = new FrameReader(() => ({
        parts,
        done: () => {},
        dropped: () => dropped.push('dropped'),
      }));
      const header = encodeHeader({ op: 7, payloadBytes: 10 });
      expect(() => reader.take(header)).toThrow(`a payload of 10 bytes was given room for ${room}`);
      expect(dropped).toEqual(['dropped']);
    }
  });

  it('throws what refuses a header, before a byte of the payload is placed', () => {
    const reader = new FrameReader(() => {
      throw new Error('not now');
    });
    expect(() => reader.take(bytesOf({ request: 0, parts: [10], waits: false }))).toThrow('not now');
    expect(() => new FrameReader(() => null).take(Buffer.alloc(64))).toThrow('not with KVTF');
  });
});
