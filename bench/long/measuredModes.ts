import type { AttentionMode } from '../../src/core/attentionMode.js';
import type { Queries } from '../../src/device/attentionKernel.js';
import { type KeyShape, keyBounds } from '../../src/device/keyBounds.js';
import { PageScores } from '../../src/device/pageScores.js';
import { HeavyHitters } from '../../src/policy/heavyHitters.js';
import { pagesOfShare } from '../../src/policy/pageShare.js';
import { isSinkOrRecent } from '../../src/policy/sinkPages.js';
import { pageWeights, topPages } from '../../src/policy/topPages.js';
import type { MeasuredMode } from './attentionError.js';

/** A mode by the functions that a worker chooses with. */
export function measuredMode(mode: AttentionMode, shape: KeyShape): MeasuredMode {
  switch (mode.kind) {
    case 'exact':
      return { leftOut: () => [] };
    case 'sinks':
      return {
        leftOut: (_, { position }, k) =>
          [...k.keys()].filter((block) => !isSinkOrRecent(mode, shape.blockTokens, block, position)),
      };
    case 'topPages':
      return measuredTopPages(mode.share, shape);
    case 'heavyHitters':
      return measuredHeavyHitters(mode.share);
  }
}

function measuredTopPages(share: number, shape: KeyShape): MeasuredMode {
  const known = new Map<number, Float32Array[]>();
  return {
    leftOut: (layer, queries, k) => {
      const bounds = known.get(layer) ?? [];
      known.set(layer, bounds);
      for (const page of k.slice(bounds.length)) bounds.push(keyBounds(page, shape));
      return [...unchosen(share, shape, queries, bounds)];
    },
  };
}

function unchosen(
  share: number,
  shape: KeyShape,
  queries: Queries,
  bounds: readonly Float32Array[],
): number[] {
  const scores = new PageScores(queries, shape.kvHeads, shape.headDim);
  const limits = new Float64Array(bounds.length * scores.rows);
  bounds.forEach((of, page) => {
    scores.write(of, 0, limits, page * scores.rows);
  });
  const chosen = topPages(pageWeights(limits, scores.rows), pagesOfShare(share, bounds.length));
  return [...chosen.keys()].filter((page) => chosen[page] === 0);
}

function measuredHeavyHitters(share: number): MeasuredMode {
  const ofLayer = new Map<number, { readonly hitters: HeavyHitters; readonly gone: number[] }>();
  const at = (layer: number) => {
    const known = ofLayer.get(layer) ?? { hitters: new HeavyHitters(share), gone: [] };
    ofLayer.set(layer, known);
    return known;
  };
  return {
    leftOut: (layer) => at(layer).gone.toSorted((a, b) => a - b),
    attended: (layer, blocks, mass) => {
      const { hitters, gone } = at(layer);
      hitters.attended(blocks, mass, true);
      gone.push(...hitters.takeLeaving());
    },
  };
}
