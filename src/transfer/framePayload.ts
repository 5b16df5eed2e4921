/** Where the payload of one frame goes. */
export interface FramePayload {
  /** Filled in order; together as long as the payload. */
  readonly parts: readonly Uint8Array[];
  /** A part is whole: its bytes are still in the processor's cache. */
  landed?(part: number): void;
  /** All parts are whole. */
  done(): void;
  /** The rest will never come. Instead of `done`. */
  dropped?(): void;
}

/** Of a frame without payload whose header was all. */
export const noPayload: FramePayload = { parts: [], done: () => {} };

const scratchBytes = 256 * 1024;
let scratch: Uint8Array | undefined;

/** Takes bytes that nobody wants, into one buffer for the whole process. */
export function discardPayload(payloadBytes: number, done: () => void): FramePayload {
  scratch ??= new Uint8Array(scratchBytes);
  const parts: Uint8Array[] = [];
  for (let left = payloadBytes; left > 0; left -= scratchBytes) {
    parts.push(left < scratchBytes ? scratch.subarray(0, left) : scratch);
  }
  return { parts, done };
}

/** Takes a short payload into memory of its own. */
export function collectPayload(payloadBytes: number, done: (bytes: Buffer) => void): FramePayload {
  const bytes = Buffer.alloc(payloadBytes);
  return { parts: payloadBytes === 0 ? [] : [bytes], done: () => done(bytes) };
}
