import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import {
  canonicalJson,
  fingerprintOf,
  type NamespaceId,
  namespaceOf,
  type TensorDigest,
} from '../core/namespace.js';
import { isStoreConfig } from '../core/storeConfig.js';

/** The model that a cluster's workers agreed on when the first of them joined. */
export interface ModelShape {
  readonly geometry: Geometry;
  /** The configuration as canonical JSON. */
  readonly configJson: string;
}

/** What a model is, down to the bytes of its weights. */
export interface ModelIdentity {
  readonly fingerprint: string;
  readonly namespace: NamespaceId;
  /** Its pages are computed elsewhere: there are no sequences. */
  readonly isStore: boolean;
}

/**
 * Refuses a worker whose model has another shape.
 * @throws KvError `invalid` that names what differs.
 */
export function checkSameShape(ours: ModelShape, theirs: ModelShape, address: string): void {
  const differing = [
    ...differences(ours.geometry, theirs.geometry),
    ...differences(parseConfig(ours.configJson), parseConfig(theirs.configJson), 'config '),
  ];
  if (differing.length === 0) return;
  throw new KvError(
    'invalid',
    `the worker at ${address} has another model than the cluster: ${differing.join('; ')}`,
    { context: { address } },
  );
}

/** Longer values say nothing in an error line. */
const maxShownChars = 40;

function differences(ours: object, theirs: object, prefix = ''): string[] {
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...names].sort().flatMap((name) => {
    const [mine, other] = [canonicalJson(Reflect.get(ours, name)), canonicalJson(Reflect.get(theirs, name))];
    if (mine === other) return [];
    const isShort = String(mine).length <= maxShownChars && String(other).length <= maxShownChars;
    return [isShort ? `${prefix}${name} ${other} instead of ${mine}` : `${prefix}${name} differs`];
  });
}

/** @throws KvError `invalid` when a worker's configuration is no JSON object. */
export function parseConfig(configJson: string): object {
  try {
    const config: unknown = JSON.parse(configJson);
    if (typeof config === 'object' && config !== null) return config;
  } catch {
    // falls through: said below
  }
  throw new KvError('invalid', 'the configuration that a worker sent is not a JSON object');
}

/**
 * Joins what the stages report. Tensors that several stages hold (tied embeddings) are counted once.
 * @throws KvError `invalid` when two workers report different bytes under one name.
 */
export function joinTensors(
  stages: readonly { readonly worker: string; readonly tensors: readonly TensorDigest[] }[],
): TensorDigest[] {
  const byName = new Map<string, { readonly tensor: TensorDigest; readonly worker: string }>();
  for (const { worker, tensors } of stages) {
    for (const tensor of tensors) {
      const known = byName.get(tensor.name);
      if (known !== undefined && canonicalJson(known.tensor) !== canonicalJson(tensor)) {
        throw new KvError(
          'invalid',
          `workers ${known.worker} and ${worker} have different bytes for tensor ${tensor.name}: give all workers the same checkpoint`,
          { context: { tensor: tensor.name } },
        );
      }
      byName.set(tensor.name, { tensor, worker });
    }
  }
  return [...byName.values()].map(({ tensor }) => tensor);
}

export function identityOf(shape: ModelShape, tensors: readonly TensorDigest[]): ModelIdentity {
  const config = parseConfig(shape.configJson);
  const fingerprint = fingerprintOf(config, tensors);
  const namespace = namespaceOf(fingerprint, shape.geometry);
  return { fingerprint, namespace, isStore: isStoreConfig(config) };
}
