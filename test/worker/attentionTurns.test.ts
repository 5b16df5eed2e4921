import { expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import type { AttentionOutcome, AttentionRequest } from '../../src/worker/attentionRequest.js';
import { AttentionTurns } from '../../src/worker/attentionTurns.js';
import type { ComputeLane } from '../../src/worker/compute.js';

const outcome = {} as AttentionOutcome; // nobody looks at it

function request(layer: number, tokens: number): AttentionRequest {
  return {
    queries: { layer, position: 0, tokens, q: new Float32Array(0) },
    tail: 0,
    pages: [],
    peers: null,
    leftOut: [],
    approximation: null,
    peerPages: 0,
    signal: new AbortController().signal,
  };
}

/** A kernel that is busy until it is let go. */
function turnsWith(batches: string[], failingLayer: number | null = null) {
  let letGo = () => {};
  let lane = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const runner = {
    attention: async (name: ComputeLane, requests: readonly AttentionRequest[]) => {
      batches.push(`${name} ${requests.map(({ queries }) => queries.layer).join(' ')}`);
      return requests.map(({ queries }) =>
        queries.layer === failingLayer
          ? ({ kind: 'failed', error: new KvError('lost', 'gone') } as const)
          : ({ kind: 'done', outcome } as const),
      );
    },
  };
  const inLane = (_: ComputeLane, work: () => Promise<void>) => {
    lane = lane.then(work);
    return lane;
  };
  return { turns: new AttentionTurns(runner, inLane), letGo };
}

it('computes single tokens that wait together, several tokens one after the other', async () => {
  const batches: string[] = [];
  const { turns, letGo } = turnsWith(batches);
  const answers = [request(0, 1), request(1, 4), request(2, 1), request(3, 4)].map((one) =>
    turns.attend(one),
  );
  letGo();
  await Promise.all(answers);
  expect(batches).toEqual(['decode 0 2', 'prefill 1', 'prefill 3']);
});

it('tells each sequence its own end', async () => {
  const { turns, letGo } = turnsWith([], 1);
  const answers = [request(0, 1), request(1, 1), request(2, 1)].map((one) => turns.attend(one));
  letGo();
  const ends = await Promise.allSettled(answers);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
