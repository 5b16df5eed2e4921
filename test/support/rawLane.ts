import { connect, type Socket } from 'node:net';
import { collectPayload } from '../../src/transfer/framePayload.js';
import { FrameReader } from '../../src/transfer/frameReader.js';
import { encodeHeader, type FrameHeader } from '../../src/transfer/laneFrame.js';
import { laneOps } from '../../src/transfer/laneOps.js';
import type { LaneServer } from '../../src/transfer/laneServer.js';
import { laneTarget } from '../../src/transfer/openLane.js';

export interface RawFrame {
  readonly header: FrameHeader;
  readonly payload: Buffer;
}

/** A client that says what no good client says. */
export class RawLane {
  readonly #frames: RawFrame[] = [];
  #closed = false;

  private constructor(readonly socket: Socket) {
    const reader = new FrameReader((header) =>
      collectPayload(header.payloadBytes, (payload) => this.#frames.push({ header, payload })),
    );
    socket.on('data', (chunk) => reader.take(chunk));
    socket.on('error', () => {}); // a server that closes before it has read all resets the connection
    socket.on('close', () => {
      this.#closed = true;
    });
  }

  static async dial(server: LaneServer, kind: 'tcp' | 'unix' = 'tcp'): Promise<RawLane> {
    const { address } = server
      .issue({ tenant: 'acme', name: 'raw', sameHost: true })
      .offers.find((offer) => offer.kind === kind)!;
    const socket = connect(laneTarget(address, '127.0.0.1:1'));
    const raw = new RawLane(socket);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    return raw;
  }

  /** One that has said a good hello, and was welcomed. */
  static async greeted(server: LaneServer, kind: 'tcp' | 'unix' = 'tcp'): Promise<RawLane> {
    const raw = await RawLane.dial(server, kind);
    raw.hello(server);
    await raw.waitFor(({ header }) => header.op === laneOps.welcome);
    return raw;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  hello(server: LaneServer): void {
    const { ticket } = server.issue({ tenant: 'acme', name: 'raw', sameHost: true });
    this.send(encodeHeader({ op: laneOps.hello, payloadBytes: ticket.length }), ticket);
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Frames that came whole. */
  frames(): readonly RawFrame[] {
    return this.#frames;
  }

  async waitFor(wanted: (frame: RawFrame) => boolean): Promise<RawFrame> {
    for (;;) {
      const frame = this.frames().find(wanted);
      if (frame !== undefined) return frame;
      if (this.#closed) throw new Error('the server has closed the connection');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** The text of the error with which the server closes. */
  async farewell(): Promise<string> {
    while (!this.#closed) await new Promise((resolve) => setTimeout(resolve, 2));
    const last = this.frames().at(-1);
    return last?.header.op === laneOps.error ? last.payload.toString() : 'closed without a word';
  }
}
