import type { TraceRequest } from '../trace.js';
import { ZipfSampler } from '../zipfSampler.js';
import type { SyntheticSource } from './syntheticSource.js';

const msBetween = 1;

/** Requests of one block each, one a millisecond. */
function* single(
  requests: number,
  blockTokens: number,
  next: (at: number) => number,
): Generator<TraceRequest> {
  for (let at = 0; at < requests; at += 1) {
    const timeMs = at * msBetween;
    yield { timeMs, inputTokens: blockTokens, outputTokens: 0, kind: 'prefill', blocks: [next(at)] };
  }
}

/** Blocks of a fixed popularity, each drawn by itself. */
export const zipf: SyntheticSource<{ requests: number; blocks: number; skew: number; blockTokens: number }> =
  {
    defaults: { requests: 100_000, blocks: 10_000, skew: 0.9, blockTokens: 512 },
    make: ({ requests, blocks, skew, blockTokens }, random) => {
      const sampler = new ZipfSampler(blocks, skew);
      return single(requests, blockTokens, () => sampler.draw(random));
    },
  };

/** The same blocks in the same order, over and over. */
export const loop: SyntheticSource<{ requests: number; blocks: number; blockTokens: number }> = {
  defaults: { requests: 100_000, blocks: 10_000, blockTokens: 512 },
  make: ({ requests, blocks, blockTokens }) => single(requests, blockTokens, (at) => at % blocks),
};

/** Popular blocks, and at even distances a run of blocks that never come again. */
export const scan: SyntheticSource<{
  requests: number;
  blocks: number;
  skew: number;
  scanBlocks: number;
  every: number;
  blockTokens: number;
}> = {
  defaults: { requests: 100_000, blocks: 5000, skew: 0.9, scanBlocks: 2000, every: 10_000, blockTokens: 512 },
  make: ({ requests, blocks, skew, scanBlocks, every, blockTokens }, random) => {
    const sampler = new ZipfSampler(blocks, skew);
    return single(requests, blockTokens, (at) =>
      at % every >= every - scanBlocks ? blocks + at : sampler.draw(random),
    );
  },
};
