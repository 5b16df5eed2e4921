import { describe, expect, it } from 'vitest';
import { choosePlacement, type PlacementFacts } from '../../src/coordinator/placement.js';
import { type WorkerId, workerId } from '../../src/core/plan.js';

const [a, b, c] = ['a', 'b', 'c'].map(workerId) as [WorkerId, WorkerId, WorkerId];

function facts(held: number[], free: number[], load: number[]): PlacementFacts {
  const of = (figures: number[]) => (worker: WorkerId) => figures['abc'.indexOf(worker)] ?? 0;
  return { heldPages: of(held), freeBytes: of(free), load: of(load) };
}

describe('choosePlacement', () => {
  it('follows the pages, then the room, then the load, then the id', () => {
    const choose = (given: PlacementFacts) => choosePlacement([[c, b, a]], given);
    expect(choose(facts([1, 2, 0], [9, 0, 9], [0, 9, 0]))).toEqual([b]);
    expect(choose(facts([1, 1, 1], [2, 2, 3], [0, 0, 9]))).toEqual([c]);
    expect(choose(facts([1, 1, 1], [2, 2, 2], [5, 4, 9]))).toEqual([b]);
    expect(choose(facts([1, 1, 1], [2, 2, 2], [1, 1, 1]))).toEqual([a]);
  });

  it('is the chain where every stage has one worker', () => {
    expect(choosePlacement([[b], [a]], facts([9, 0, 0], [], []))).toEqual([b, a]);
  });
});
