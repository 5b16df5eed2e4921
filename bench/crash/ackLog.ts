import type { SystemCall } from './systemCalls.js';
import { bytesOf } from './systemCalls.js';
import { writtenBytes } from './writtenBytes.js';

/**
 * What the recorded process says of its pages, one short line a write so that each is a point in the recording:
 * - `stored`: the store of the block was acknowledged;
 * - `removing`: from here on it may be gone;
 * - `flushing N`, `flushed N`: what was acknowledged before the first is durable after the second.
 */
export interface Ack {
  readonly word: 'stored' | 'removing' | 'flushing' | 'flushed';
  readonly number: number;
  /** Line of the recording. */
  readonly at: number;
}

export const ackLine = (word: Ack['word'], number: number): string => `${word} ${number}\n`;

export function acksOf(calls: Iterable<SystemCall>, path: string): Ack[] {
  const wanted = `<${Buffer.from(path).toString('hex').replace(/../g, '\\x$&')}>`;
  const acks: Ack[] = [];
  for (const call of calls) {
    if (call.name !== 'write' || !call.args.includes(wanted)) continue;
    const [word, number] = (writtenBytes(call)?.bytes ?? bytesOf('')).toString().trim().split(' ');
    if (word === 'stored' || word === 'removing' || word === 'flushing' || word === 'flushed') {
      acks.push({ word, number: Number(number), at: call.endedAt });
    }
  }
  return acks;
}

/** The blocks that have to be there, whole, when the power goes away at line `cut`. */
export function durableBlocks(acks: readonly Ack[], cut: number): Set<number> {
  const stored = new Set<number>();
  const flushing = new Map<number, ReadonlySet<number>>();
  let durable = new Set<number>();
  for (const { word, number, at } of acks) {
    if (at >= cut) break;
    if (word === 'stored') stored.add(number);
    else if (word === 'flushing') flushing.set(number, new Set(stored));
    else if (word === 'flushed') durable = new Set([...durable, ...(flushing.get(number) ?? [])]);
    else {
      stored.delete(number);
      durable.delete(number);
      for (const [flush, blocks] of flushing)
        flushing.set(flush, new Set([...blocks].filter((b) => b !== number)));
    }
  }
  return durable;
}
