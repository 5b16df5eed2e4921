import { KvError } from './errors.js';

/** Layers `from` up to but not including `to`. */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

export function layerCount(range: LayerRange): number {
  return range.to - range.from;
}

/**
 * Splits `layers` into `stages` ranges that differ by at most one layer, longer ones first.
 * @throws KvError `invalid` when there are more stages than layers, or none.
 */
export function splitLayers(layers: number, stages: number): LayerRange[] {
  if (!Number.isInteger(stages) || stages < 1 || stages > layers) {
    throw new KvError('invalid', `${stages} stages cannot share ${layers} layers; use 1 to ${layers} stages`);
  }
  const ranges: LayerRange[] = [];
  let from = 0;
  for (let stage = 0; stage < stages; stage += 1) {
    const to = from + Math.floor(layers / stages) + (stage < layers % stages ? 1 : 0);
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}
