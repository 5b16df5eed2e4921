import { describe, expect, it } from 'vitest';
import { Board } from '../../src/memory/board.js';
import { LayerGate } from '../../src/worker/layerGate.js';
import { ReadFront } from '../../src/worker/readFront.js';

describe('LayerGate', () => {
  it('opens for a layer once those before it are read, as many layers ahead as it is told', () => {
    // Two parts, three layers: entries 0 to 3, 4 to 5, none, and 6.
    const parts = [Int32Array.of(0, 2, 4, 5, 6, 6, 6, 7), Int32Array.of(2, 4, 5, 6, 6, 6, 7, 7)];
    const opens = (layersAhead: number) => {
      const gate = new LayerGate(parts, layersAhead);
      return [0, 3, 4, 5, 6].map((entry) => gate.opensAt(entry));
    };
    expect(opens(0)).toEqual([0, 0, 4, 4, 6]);
    expect(opens(1)).toEqual([0, 0, 0, 0, 6]);
    expect(opens(2)).toEqual([0, 0, 0, 0, 4]);
    expect(opens(Number.POSITIVE_INFINITY)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('ReadFront', () => {
  it('reaches as far as all entries are consumed', () => {
    const board = Board.create(4);
    const front = new ReadFront(board, 4);
    board.consume(1);
    expect(front.reached()).toBe(0);
    board.consume(0);
    expect(front.reached()).toBe(2);
    for (const entry of [2, 3]) board.consume(entry);
    expect(front.reached()).toBe(4);
  });
});
