import type { Geometry as Geometry_ } from '../core/geometry.js';
import type { Geometry } from '../rpc/gen/kvtide/v1/Geometry.js';

/** The geometry as the wire has it. */
export function geometryMessage(geometry: Geometry_): Geometry {
  return {
    layers: geometry.layers.map((layer) => ({
      window: layer.kind === 'window' ? layer.window : 0,
      rope: layer.rope,
    })),
    kvHeads: geometry.kvHeads,
    headDim: geometry.headDim,
    dtype: geometry.dtype,
    blockTokens: geometry.blockTokens,
    layoutVersion: geometry.layoutVersion,
  };
}
