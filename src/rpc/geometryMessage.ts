import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { Geometry__Output, Geometry as GeometryMessage } from './gen/kvtide/v1/Geometry.js';

/** The geometry as the wire has it. */
export function geometryMessage(geometry: Geometry): GeometryMessage {
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

/** @throws KvError `invalid` when there is none, `unsupported` for a dtype that this build does not know. */
export function geometryFrom(message: Geometry__Output | null): Geometry {
  if (message === null) throw new KvError('invalid', 'a message lacks its geometry');
  const { dtype, kvHeads, headDim, blockTokens, layoutVersion } = message;
  if (dtype !== 'f32' && dtype !== 'f16') {
    throw new KvError('unsupported', `KV in "${dtype}" is not known to this build; it knows f32 and f16`);
  }
  const layers = message.layers.map(({ window, rope }) =>
    window === 0 ? ({ kind: 'full', rope } as const) : ({ kind: 'window', window, rope } as const),
  );
  return { layers, kvHeads, headDim, dtype, blockTokens, layoutVersion };
}
