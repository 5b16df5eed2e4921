import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeHeader } from '../../src/transfer/laneFrame.js';
import { laneOps } from '../../src/transfer/laneOps.js';
import { laneTarget } from '../../src/transfer/openLane.js';
import { badFrame, goodFrame } from './fuzzedFrame.js';
import type { FuzzSource } from './fuzzSource.js';

/** Good frames before the bad one that ends a connection. */
const goodFramesMax = 12;
/** A connection whose end nobody takes note of for so long hangs. */
export const hangMs = 10_000;

export interface LaneDoor {
  readonly address: string;
  readonly peerAddress: string;
  readonly halfBytes: number;
  ticket(): Promise<Uint8Array>;
}

export interface Attack {
  readonly frames: number;
  readonly end: 'closed' | 'hung' | 'refused';
}

/** One connection that begins well, or not even that, and ends with what is no frame of ours. */
export async function attackLane(source: FuzzSource, door: LaneDoor): Promise<Attack> {
  const { frames, bytes } = await draw(source, door);
  const leavesAtOnce = source.chance(0.2);
  const cut = source.below(bytes.length + 1);
  const socket = connect(laneTarget(door.address, door.peerAddress));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let isOpen = false;
  socket.on('error', () => {}); // being cut off is what it asks for
  socket.once('connect', () => {
    isOpen = true;
    socket.write(bytes.subarray(0, cut));
    setImmediate(() => {
      if (leavesAtOnce) socket.destroy();
      else socket.end(bytes.subarray(cut));
    });
  });
  socket.resume();
  const timer = new AbortController();
  const late = pause(hangMs, 'hung' as const, { signal: timer.signal }).catch(() => 'closed' as const);
  const end = await Promise.race([closed.then(() => 'closed' as const), late]);
  timer.abort();
  socket.destroy();
  if (end === 'closed' && !isOpen) return { frames, end: 'refused' };
  return { frames, end };
}

async function draw(source: FuzzSource, { halfBytes, ticket }: LaneDoor) {
  const good = source.below(goodFramesMax + 1);
  const isWelcome = source.chance(0.9);
  const frames: Buffer[] = [];
  if (isWelcome) {
    const payload = await ticket();
    frames.push(encodeHeader({ op: laneOps.hello, payloadBytes: payload.length }), Buffer.from(payload));
  }
  for (let i = 0; i < good; i += 1) frames.push(goodFrame(source, halfBytes));
  frames.push(badFrame(source, halfBytes));
  return { frames: good + 1 + (isWelcome ? 1 : 0), bytes: Buffer.concat(frames) };
}
